/** The authorization policy of gRFC A43 with A59 auditing: strict reader, compiled matcher, decisions and tools. */
@NullMarked
package dev.countersign.policy;

import org.jspecify.annotations.NullMarked;
