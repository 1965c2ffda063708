/** Text that somebody else had a part in, made safe to print: in messages, logs and reports. */
@NullMarked
package dev.countersign.text;

import org.jspecify.annotations.NullMarked;
