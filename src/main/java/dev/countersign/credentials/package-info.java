/** Key material and trust turned into gRPC credentials, and what they say about a peer once it has connected. */
@NullMarked
package dev.countersign.credentials;

import org.jspecify.annotations.NullMarked;
