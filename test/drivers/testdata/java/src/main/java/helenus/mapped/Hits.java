package helenus.mapped;

import com.datastax.oss.driver.api.mapper.annotations.Entity;
import com.datastax.oss.driver.api.mapper.annotations.PartitionKey;

/** Two counters of a page. */
@Entity
public class Hits {
  @PartitionKey private String page;
  private Long views;
  private Long likes;

  public String getPage() {
    return page;
  }

  public void setPage(String page) {
    this.page = page;
  }

  public Long getViews() {
    return views;
  }

  public void setViews(Long views) {
    this.views = views;
  }

  public Long getLikes() {
    return likes;
  }

  public void setLikes(Long likes) {
    this.likes = likes;
  }
}
