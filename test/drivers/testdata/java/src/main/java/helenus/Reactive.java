package helenus;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Subscribes to what the driver publishes. */
final class Reactive {
  private Reactive() {}

  /** All that a publisher has, asked for one by one. */
  static <T> List<T> rows(Publisher<T> publisher) throws Exception {
    List<T> all = new ArrayList<>();
    CompletableFuture<List<T>> done = new CompletableFuture<>();
    publisher.subscribe(new Subscriber<T>() {
      private Subscription subscription;

      @Override
      public void onSubscribe(Subscription s) {
        subscription = s;
        s.request(1);
      }

      @Override
      public void onNext(T row) {
        all.add(row);
        subscription.request(1);
      }

      @Override
      public void onError(Throwable t) {
        done.completeExceptionally(t);
      }

      @Override
      public void onComplete() {
        done.complete(all);
      }
    });
    return done.get(30, TimeUnit.SECONDS);
  }
}
