/** Attacks a live endpoint and reports findings. */
@NullMarked
package dev.countersign.assessment;

import org.jspecify.annotations.NullMarked;
