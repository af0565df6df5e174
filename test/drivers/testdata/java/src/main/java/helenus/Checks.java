package helenus;

/** Prints one line a check. */
final class Checks {
  private Checks() {}

  interface Body {
    boolean holds() throws Exception;
  }

  static void check(String name, Body body) {
    try {
      System.out.println(body.holds() ? "ok " + name : "not ok " + name + ": does not hold");
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

  /** Says which of several things in one check was otherwise. */
  static void same(Object have, Object want) {
    if (!java.util.Objects.equals(have, want)) {
      throw new AssertionError(have + ", want " + want);
    }
  }
}
