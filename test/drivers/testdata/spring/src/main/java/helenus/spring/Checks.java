package helenus.spring;

import java.util.Objects;

/** Prints one line a check. */
final class Checks {
  private Checks() {}

  interface Body {
    void run() throws Exception;
  }

  static void check(String name, Body body) {
    try {
      body.run();
      System.out.println("ok " + name);
    } catch (Exception | AssertionError e) {
      StringBuilder what = new StringBuilder(e.toString().replace('\n', ' '));
      for (StackTraceElement at : e.getStackTrace()) {
        if (at.getClassName().startsWith("helenus.")) {
          what.append(" at ").append(at);
          break;
        }
      }
      System.out.println("not ok " + name + ": " + what);
    }
  }

  static void same(Object have, Object want) {
    if (!Objects.equals(have, want)) {
      throw new AssertionError(have + ", want " + want);
    }
  }
}
