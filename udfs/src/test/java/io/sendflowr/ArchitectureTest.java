package io.sendflowr;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules can be read, tested and used without Flink; neither knows Kafka, JSON or HTTP. */
@AnalyzeClasses(packages = "io.sendflowr", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String[] FLINK_HOSTS = {
    "io.sendflowr.flink..", "io.sendflowr..operator..", "io.sendflowr.signal.cep.."
  };

  @ArchTest
  static final ArchRule PURE_PACKAGES_IMPORT_NOTHING_OF_FLINK =
      noClasses()
          .that(not(resideInAnyPackage(FLINK_HOSTS)))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.flink..")
          .orShould()
          .dependOnClassesThat()
          .resideInAnyPackage(FLINK_HOSTS);

  /** A closed list, so that a new pure package cannot lean on a library unnoticed. */
  @ArchTest
  static final ArchRule PURE_PACKAGES_NEED_LITTLE =
      classes()
          .that(not(resideInAnyPackage(FLINK_HOSTS)))
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.sendflowr..",
              "java.io..",
              "java.lang..",
              "java.math..",
              "java.nio..",
              "java.security..",
              "java.time..",
              "java.util..",
              "javax.crypto..",
              "org.snakeyaml.engine..",
              "com.google.i18n.phonenumbers..");

  @ArchTest
  static final ArchRule NOTHING_KNOWS_THE_EDGE =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.kafka..",
              "org.apache.flink.connector..",
              "org.apache.flink.shaded..",
              "com.fasterxml..",
              "com.google.gson..",
              "javax.json..",
              "jakarta..",
              "java.net..",
              "com.sun.net..",
              "org.apache.http..",
              "okhttp3..",
              "io.netty..");

  @ArchTest
  static final ArchRule THE_CATALOGUE_STANDS_ALONE =
      classes()
          .that()
          .resideInAPackage("io.sendflowr.catalogue")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("io.sendflowr.catalogue", "java..", "org.snakeyaml.engine..");
}
