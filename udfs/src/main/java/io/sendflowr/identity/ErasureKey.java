package io.sendflowr.identity;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Where the secret is found that marks of erased identifiers are hashed with (SPEC section 5): it
 * travels with the job in the secret's stead, which is read where the job runs. The secret has to
 * stay the same as long as the state does: under another one no erased identifier is known again.
 */
public abstract sealed class ErasureKey implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final int MIN_BYTES = 16;
  private static final int MAX_BYTES = 4096;

  private ErasureKey() {}

  /**
   * A secret in a file of at most 4096 bytes: its content without white space around it, 16 bytes
   * or more of any kind.
   *
   * @param file where it is, on every task manager; a relative path counts from the working folder
   *     of this process
   */
  public static ErasureKey ofFile(Path file) {
    return new OfFile(file.toAbsolutePath().toString());
  }

  /**
   * A secret in an environment variable of at most 4096 bytes: its value in UTF-8 without white
   * space around it, 16 bytes or more.
   *
   * @param variable name of the variable, which is set for every task manager
   */
  public static ErasureKey ofEnvironment(String variable) {
    return new OfEnvironment(variable);
  }

  /**
   * The secret itself. It is part of the serialised form: only for runs whose state does not
   * outlive the process, as those of replay and of tests.
   *
   * @param secret 16 to 4096 bytes; copied
   * @throws IllegalArgumentException if it has fewer or more
   */
  public static ErasureKey of(byte[] secret) {
    if (secret.length < MIN_BYTES || secret.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "An erasure key has " + MIN_BYTES + " to " + MAX_BYTES + " bytes, not " + secret.length);
    }
    return new OfBytes(secret.clone());
  }

  /**
   * Reads the secret, on the machine where it is called.
   *
   * @return 16 to 4096 bytes, the caller's own
   * @throws IllegalStateException if there is none, or it is too short or too long; the message
   *     names where it was looked for
   */
  public abstract byte[] load();

  /** Where the secret is; never the secret. */
  @Override
  public abstract String toString();

  private static byte[] checked(byte[] found, String where) {
    if (found.length > MAX_BYTES) {
      throw new IllegalStateException(
          "There are more than "
              + MAX_BYTES
              + " bytes in "
              + where
              + "; an erasure key is shorter: put one there.");
    }
    byte[] secret = stripped(found);
    if (secret.length < MIN_BYTES) {
      throw new IllegalStateException(
          "The erasure key in "
              + where
              + " has "
              + secret.length
              + " bytes; put at least "
              + MIN_BYTES
              + " there, such as the output of \"openssl rand -hex 32\".");
    }
    return secret;
  }

  /** Editors and shells end what they write with a line break. */
  private static byte[] stripped(byte[] bytes) {
    int from = 0;
    int to = bytes.length;
    while (from < to && isWhiteSpace(bytes[from])) {
      from++;
    }
    while (to > from && isWhiteSpace(bytes[to - 1])) {
      to--;
    }
    return Arrays.copyOfRange(bytes, from, to);
  }

  private static boolean isWhiteSpace(byte b) {
    return b == ' ' || b == '\t' || b == '\n' || b == '\r';
  }

  private static final class OfFile extends ErasureKey {
    private static final long serialVersionUID = 1L;

    private final String file;

    OfFile(String file) {
      this.file = file;
    }

    @Override
    public byte[] load() {
      try (InputStream in = Files.newInputStream(Path.of(file))) {
        return checked(in.readNBytes(MAX_BYTES + 1), toString());
      } catch (IOException e) {
        throw new IllegalStateException(
            "The erasure key cannot be read from "
                + this
                + " ("
                + e.getClass().getSimpleName()
                + "); put it there on every task manager, and let the job read it.",
            e);
      }
    }

    @Override
    public String toString() {
      return "the file " + file;
    }
  }

  private static final class OfEnvironment extends ErasureKey {
    private static final long serialVersionUID = 1L;

    private final String variable;

    OfEnvironment(String variable) {
      this.variable = variable;
    }

    @Override
    public byte[] load() {
      String value = System.getenv(variable);
      if (value == null) {
        throw new IllegalStateException(
            "The erasure key cannot be read from "
                + this
                + ", which is not set where the job runs; set it for every task manager.");
      }
      return checked(value.getBytes(StandardCharsets.UTF_8), toString());
    }

    @Override
    public String toString() {
      return "the environment variable " + variable;
    }
  }

  private static final class OfBytes extends ErasureKey {
    private static final long serialVersionUID = 1L;

    private final byte[] secret;

    OfBytes(byte[] secret) {
      this.secret = secret;
    }

    @Override
    public byte[] load() {
      return secret.clone();
    }

    @Override
    public String toString() {
      return "memory";
    }
  }
}
