package helenus;

/** The walk on one node, then what the driver has beyond queries on another, so that one process does both: All HOST SECURED-HOST CA. */
public final class All {
  private All() {}

  public static void main(String[] args) {
    Walk.main(new String[] {args[0]});
    Features.main(new String[] {args[1], args[2]});
  }
}
