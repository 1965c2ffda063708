package dev.countersign.guard;

/** Where audit records go. Called on the threads of RPCs by many at once: it must not block and must not throw. */
@FunctionalInterface
public interface AuditSink extends AutoCloseable {

  /** Takes a record, or drops and counts it. */
  void record(AuditRecord event);

  /** Writes what is still held; nothing is recorded afterwards. Called once. */
  @Override
  default void close() {}
}
