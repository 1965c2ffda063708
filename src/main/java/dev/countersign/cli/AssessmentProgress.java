package dev.countersign.cli;

import dev.countersign.assessment.About;
import dev.countersign.assessment.Group;
import dev.countersign.assessment.Outcome;
import dev.countersign.assessment.Progress;
import dev.countersign.assessment.Result;

/** Says what is about to happen to a target; on a terminal also which check runs. */
final class AssessmentProgress implements Progress {
  private static final String ERASE_LINE = "\r\u001b[K";

  private final Terminal terminal;
  private final boolean live;

  AssessmentProgress(Terminal terminal, boolean live) {
    this.terminal = terminal;
    this.live = live;
  }

  @Override
  public void begins(Group group, int checks) {
    if (group.isAbusive()) {
      terminal.say("now " + (checks == 1 ? "a check that loads" : checks + " checks that load")
          + " the target: floods, bombs and stalls, each bounded in time, connections and bytes");
    } else if (live) {
      terminal.say(group.title() + ": " + checks + " checks");
    }
  }

  @Override
  public void begins(About check) {
    if (live) {
      terminal.err().print("  " + check.name() + " ...");
      terminal.err().flush();
    }
  }

  @Override
  public void ended(Result result) {
    if (live) {
      String word = result.outcome() instanceof Outcome.Finding
          ? result.check().severity().label()
          : result.outcome() instanceof Outcome.Passed ? "passed" : "not run";
      terminal.err().println(ERASE_LINE + "  " + result.check().name() + ": " + word);
    }
  }
}
