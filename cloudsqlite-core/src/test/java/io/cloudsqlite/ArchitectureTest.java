package io.cloudsqlite;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The rules of the design that a compiler does not check. They hold for core's main classes. */
final class ArchitectureTest {
    private static final String ROOT = "io.cloudsqlite";

    /** The only classes that may ask the machine for the time or for randomness. */
    private static final Set<String> MAY_ASK_THE_MACHINE =
            Set.of(ROOT + ".time.SystemTimeSource", ROOT + ".time.SystemRandom");

    /**
     * What makes conditions; and where no simulator is: what keeps off other processes of the machine, and what ends the threads
     * that a simulator brings its own for.
     */
    private static final Set<String> MAY_WAIT_BY_THEMSELVES =
            Set.of(ROOT + ".time.TimeSource", ROOT + ".store.FileGuards", ROOT + ".session.BackgroundThreads");

    private static JavaClasses core;

    @BeforeAll
    static void import_the_main_classes_of_core() {
        core = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .withImportOption(new ImportOption.DoNotIncludeJars())
                .importPackages(ROOT);
    }

    @Test
    void the_rules_look_at_classes_at_all() {
        assertThat(core).isNotEmpty();
    }

    @Test
    void packages_have_no_cycles() {
        slices().assignedFrom(ONE_SLICE_PER_PACKAGE).should().beFreeOfCycles().check(core);
    }

    @Test
    void the_root_package_is_vocabulary_that_needs_no_other_package() {
        noClasses()
                .that()
                .resideInAPackage(ROOT)
                .should()
                .dependOnClassesThat(resideInAPackage(ROOT + ".(*)..").as("reside in a package below the root"))
                .check(core);
    }

    @Test
    void core_knows_neither_aws_nor_http_nor_json() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("software.amazon..", "com.amazonaws..", "com.sun.net..", "java.net.http..")
                .check(core);
        noClasses()
                .that()
                .haveNameNotMatching("io\\.cloudsqlite\\.(format\\.ManifestJson|session\\.StoredResults)(\\$.+)?")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.fasterxml..")
                .because("JSON is how one object and one column are written, and nothing that an interface speaks of")
                .check(core);
    }

    @Test
    void the_codec_of_ltx_files_needs_nothing_else_of_core_and_alone_knows_lz4() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".ltx")
                .should()
                .dependOnClassesThat(resideInAPackage(ROOT + "..")
                        .and(not(resideInAPackage(ROOT + ".ltx")))
                        .as("reside in another package of core"))
                .check(core);
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".ltx")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("net.jpountz..")
                .check(core);
    }

    @Test
    void time_and_randomness_are_injected() {
        noClasses()
                .that(are(notAllowedToAskTheMachine()))
                .should()
                .accessTargetWhere(asksTheMachine())
                .because("a simulator owns time and randomness: take a TimeSource or a RandomGenerator")
                .check(core);
    }

    @Test
    void threads_wait_for_each_other_by_injected_time() {
        noClasses()
                .that(are(notAllowedToWaitByThemselves()))
                .should()
                .accessTargetWhere(waitsForAThread())
                .because("a simulator owns the order of threads: wait on a condition that a TimeSource has made")
                .check(core);
    }

    @Test
    void every_package_is_null_marked() {
        assertThat(core)
                .extracting(JavaClass::getPackage)
                .allSatisfy(javaPackage -> assertThat(javaPackage.isAnnotatedWith(NullMarked.class))
                        .as("package-info.java of %s has @NullMarked", javaPackage.getName())
                        .isTrue());
    }

    private static final SliceAssignment ONE_SLICE_PER_PACKAGE = new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
            return SliceIdentifier.of(javaClass.getPackageName());
        }

        @Override
        public String getDescription() {
            return "one slice per package";
        }
    };

    private static DescribedPredicate<JavaClass> notAllowedToAskTheMachine() {
        return noneOf(MAY_ASK_THE_MACHINE);
    }

    private static DescribedPredicate<JavaClass> notAllowedToWaitByThemselves() {
        return noneOf(MAY_WAIT_BY_THEMSELVES);
    }

    private static DescribedPredicate<JavaClass> noneOf(Set<String> names) {
        return DescribedPredicate.describe(
                "not " + names,
                javaClass -> names.stream()
                        .noneMatch(name -> javaClass.getName().equals(name)
                                || javaClass.getName().startsWith(name + "$")));
    }

    /** Whatever may block until another thread does something, but for locks, which nobody holds for long. */
    private static DescribedPredicate<JavaAccess<?>> waitsForAThread() {
        return DescribedPredicate.describe("a wait for another thread", access -> {
            String member = access.getTarget().getName();
            return switch (access.getTargetOwner().getName()) {
                case "java.lang.Object" -> member.equals("wait");
                case "java.lang.Thread" -> member.equals("join");
                case "java.util.concurrent.locks.Lock",
                        "java.util.concurrent.locks.ReentrantLock",
                        "java.util.concurrent.locks.ReentrantReadWriteLock" ->
                    member.equals("newCondition") || member.equals("tryLock");
                case "java.util.concurrent.locks.LockSupport" -> member.startsWith("park");
                case "java.util.concurrent.Semaphore",
                        "java.util.concurrent.CountDownLatch",
                        "java.util.concurrent.CyclicBarrier",
                        "java.util.concurrent.Phaser",
                        "java.util.concurrent.Exchanger" -> true;
                case "java.util.concurrent.Future", "java.util.concurrent.CompletableFuture" ->
                    member.equals("get") || member.equals("join");
                case "java.util.concurrent.ExecutorService" -> member.matches("invoke.*|awaitTermination");
                default -> false;
            };
        });
    }

    /** Calls and method references alike. A seeded generator and a clock that was handed in are fine. */
    private static DescribedPredicate<JavaAccess<?>> asksTheMachine() {
        return DescribedPredicate.describe("raw time or randomness", access -> {
            String owner = access.getTargetOwner().getName();
            String member = access.getTarget().getName();
            String signature = access.getTarget().getFullName();
            return switch (owner) {
                case "java.lang.Math", "java.lang.StrictMath" -> member.equals("random");
                case "java.lang.System" -> member.equals("currentTimeMillis") || member.equals("nanoTime");
                case "java.lang.Thread", "java.util.concurrent.TimeUnit" -> member.equals("sleep");
                case "java.security.SecureRandom", "java.util.concurrent.ThreadLocalRandom" -> true;
                case "java.time.Clock", "java.time.InstantSource" -> member.matches("system.*|tick.+");
                case "java.util.Collections" -> signature.endsWith("shuffle(java.util.List)");
                case "java.util.Random", "java.util.SplittableRandom" -> signature.endsWith("<init>()");
                case "java.util.UUID" -> member.equals("randomUUID");
                case "java.util.random.RandomGenerator" -> member.equals("of") || member.equals("getDefault");
                default ->
                    owner.startsWith("java.time.") && member.equals("now") && !signature.contains("(java.time.Clock)");
            };
        });
    }
}
