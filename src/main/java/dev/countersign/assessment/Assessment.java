package dev.countersign.assessment;

import dev.countersign.assessment.Check.Reach;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs checks against an endpoint, one after the other. Before each, whoever is allowed calls the method: a refusal means
 * something only if the right caller is served at that moment, and after three refusals in a row nothing more is tried.
 * Each check has a minute; what it opened is closed behind it. In the end the endpoint must still serve, or that is a finding too.
 */
public final class Assessment {
  private static final long CHECK_SECONDS = 60;
  private static final int CONTROLS = 5;
  private static final long BETWEEN_CONTROLS_MILLIS = 1_000;
  private static final int MOST_FAILED_CONTROLS = 3;
  private static final About STILL_SERVES = About.of("still-serves", Group.PROTOCOL, Severity.HIGH)
      .tries("The allowed identity calls the method after everything else.")
      .safe("It is answered as before.")
      .source("CWE-400")
      .remedy("Find the last check before the first positive control that failed, and run it alone"
          + " with --only.");

  private final Target target;
  private final InstantSource clock;
  private final Progress progress;
  private int failedControls;

  private Assessment(Target target, InstantSource clock, Progress progress) {
    this.target = target;
    this.clock = clock;
    this.progress = progress;
  }

  /** Every check there is, in the order in which they run. */
  public static List<About> checks() {
    List<About> all = new ArrayList<>(Checks.ALL.stream().map(Check::about).toList());
    all.add(STILL_SERVES);
    return all;
  }

  /**
   * Runs checks.
   *
   * @param target what to attack
   * @param only the names of the checks to run; all if empty
   * @param clock what forged certificates and the report go by
   * @param progress hears how far it is
   * @throws TargetUnreachableException if the allowed identity cannot call the method to begin with
   */
  public static Report run(Target target, Set<String> only, InstantSource clock, Progress progress)
      throws TargetUnreachableException, InterruptedException {
    return new Assessment(target, clock, progress)
        .run(Checks.ALL.stream()
            .filter(check -> only.isEmpty() || only.contains(check.about().name()))
            .toList());
  }

  private Report run(List<Check> checks) throws TargetUnreachableException, InterruptedException {
    var started = clock.instant();
    long start = System.nanoTime();
    List<Result> results = new ArrayList<>();
    ExecutorService thread = Executors.newSingleThreadExecutor(Assessment::daemon);
    try (Attack attack = new Attack(target, clock)) {
      Attempt first = firstControl(attack);
      if (!first.isAllowed()) {
        throw new TargetUnreachableException(
            "target " + target + " does not answer the allowed identity's call of \""
                + target.method() + "\": " + Quoted.bare(first.detail()));
      }
      for (Group group : Group.values()) {
        List<Check> members =
            checks.stream().filter(check -> check.about().group() == group).toList();
        if (!members.isEmpty()) {
          progress.begins(group, members.size());
        }
        for (Check check : members) {
          progress.begins(check.about());
          Result result = timed(check.about(), () -> run(check, attack, thread));
          attack.hangUp();
          results.add(result);
          progress.ended(result);
        }
      }
      Result last = timed(STILL_SERVES, () -> stillServes(attack));
      results.add(last);
      progress.ended(last);
    } finally {
      thread.shutdownNow();
    }
    return new Report(
        target.toString(),
        target.isAlts() ? "alts" : "mtls",
        target.method(),
        started,
        Duration.ofNanos(System.nanoTime() - start),
        results);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "countersign-assessment");
    thread.setDaemon(true);
    return thread;
  }

  private interface Run {
    Outcome outcome() throws InterruptedException;
  }

  private static Result timed(About about, Run run) throws InterruptedException {
    long start = System.nanoTime();
    Outcome outcome = run.outcome();
    return new Result(about, outcome, Duration.ofNanos(System.nanoTime() - start));
  }

  private Outcome run(Check check, Attack attack, ExecutorService thread)
      throws InterruptedException {
    if (check.reach() != Reach.ANY && (check.reach() == Reach.ALTS) != target.isAlts()) {
      return Outcome.notRun("it applies to " + (target.isAlts() ? "mutual TLS" : "ALTS") + " only");
    }
    if (failedControls == MOST_FAILED_CONTROLS) {
      return Outcome.notRun("the positive control had failed " + failedControls
          + " times in a row, and was not tried again");
    }
    Attempt control = control(attack);
    if (!control.isAllowed()) {
      failedControls++;
      return Outcome.notRun("the positive control failed before it: " + control.detail());
    }
    failedControls = 0;
    Future<Outcome> running = thread.submit(() -> attempt(check, attack));
    try {
      return running.get(CHECK_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      attack.hangUp();
      running.cancel(true);
      return Outcome.notRun("it did not end within " + CHECK_SECONDS + " s");
    } catch (ExecutionException e) {
      // What the others found is not lost for it.
      return Outcome.notRun("it failed by a mistake of its own: " + e.getCause());
    }
  }

  private static Outcome attempt(Check check, Attack attack) throws InterruptedException {
    try {
      return tried(check, attack);
    } catch (CannotRunException e) {
      return Outcome.notRun(String.valueOf(e.getMessage()));
    } catch (IOException | GeneralSecurityException e) {
      return Outcome.nothingLearned(e);
    }
  }

  /** Once more if the connection broke: a target may reset it before its answer has been read. */
  private static Outcome tried(Check check, Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    try {
      return check.run(attack);
    } catch (SocketException e) {
      attack.hangUp();
      return check.run(attack);
    }
  }

  private static Outcome stillServes(Attack attack) throws InterruptedException {
    Attempt last = control(attack);
    return last.isAllowed()
        ? Outcome.passed(last.detail())
        : Outcome.finding("the allowed identity is no longer served: " + last.detail());
  }

  /** The positive control; an endpoint that was just attacked may need a moment. */
  private static Attempt control(Attack attack) throws InterruptedException {
    Attempt attempt = controlOnce(attack);
    for (int i = 1; i < CONTROLS && !attempt.isAllowed(); i++) {
      TimeUnit.MILLISECONDS.sleep(BETWEEN_CONTROLS_MILLIS);
      attempt = controlOnce(attack);
    }
    return attempt;
  }

  private static Attempt firstControl(Attack attack) {
    try {
      return attack.firstControl();
    } catch (GeneralSecurityException | CannotRunException e) {
      return Attempt.refused(e);
    }
  }

  private static Attempt controlOnce(Attack attack) {
    try {
      return attack.control();
    } catch (GeneralSecurityException | CannotRunException e) {
      return Attempt.refused(e);
    }
  }
}
