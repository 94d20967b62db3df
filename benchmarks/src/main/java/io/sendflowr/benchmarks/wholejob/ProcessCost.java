package io.sendflowr.benchmarks.wholejob;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process costs. */
final class ProcessCost {
  private static final String PEAK = "VmHWM:";
  private static final long KIB = 1024;

  private ProcessCost() {}

  /** Processor time so far, in seconds. */
  static double cpuSeconds() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime()
        / 1e9;
  }

  /** The most memory that it had at a time; 0 where the system does not say. */
  static long peakRssBytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith(PEAK))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * KIB)
        .findFirst()
        .orElse(0);
  }
}
