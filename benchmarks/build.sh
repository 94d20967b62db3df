# Sourced by the benchmarks' scripts: builds them, and sets `java`, `classpath`, and `flink_opens`, what Flink's own start
# scripts open.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
log=$root/benchmarks/target/build.log
mkdir -p "$root/benchmarks/target"
if ! "$root/mvnw" -B -ntp -f "$root/pom.xml" -Pbenchmarks -pl benchmarks -am -Dmaven.test.skip=true package \
  >"$log" 2>&1 </dev/null; then
  tail -n 20 "$log" >&2
  echo "benchmarks: could not be built; all that was said is in $log" >&2
  exit 1
fi
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
classpath=$root/flink-conf:$root/benchmarks/target/classes:$(cat "$root/benchmarks/target/classpath")
flink_opens=$(sed -n "s/^env.java.opts.all: //p" "$root/flink-conf/local.yaml" | sed "s/ -XX:+ExitOnOutOfMemoryError//")
