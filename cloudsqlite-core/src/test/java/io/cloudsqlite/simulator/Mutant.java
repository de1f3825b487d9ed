package io.cloudsqlite.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A defect that is planted into a copy of the production code, to see whether the simulator finds it: one class whose source
 * reads a little different.
 *
 * @param foundBy the first seed whose history finds it
 * @param name what is wrong
 * @param source the class's file below the source root
 * @param correct what it says, exactly once
 * @param wrong what it says in the copy
 */
record Mutant(long foundBy, String name, String source, String correct, String wrong) {

    private static final String FORMAT = "io/cloudsqlite/format/";
    private static final String SESSION = "io/cloudsqlite/session/";
    private static final String COPY = "io/cloudsqlite/copy/";

    /** All of them. */
    static List<Mutant> all() {
        return List.of(
                new Mutant(
                        1,
                        "the put has no condition",
                        FORMAT + "CommitPoint.java",
                        "body, metadata, condition, operation)",
                        "body, metadata, PutCondition.ALWAYS, operation)"),
                new Mutant(
                        1,
                        "a put in doubt passes for refused",
                        FORMAT + "Publication.java",
                        "doubt = ((PutOutcome.Unknown) outcome).cause();",
                        "return new Result.Refused();"),
                new Mutant(
                        1,
                        "after doubt, only the newest commit id is looked at",
                        FORMAT + "Commit.java",
                        "if (position > 0) {",
                        "if (position > 1_000) {"),
                new Mutant(
                        1,
                        "a refusal after doubt passes for a refusal",
                        FORMAT + "Publication.java",
                        "return doubt == null ? new Result.Refused() : new Result.InDoubt(doubt);",
                        "return new Result.Refused();"),
                new Mutant(
                        1,
                        "a collector deletes without its swap",
                        FORMAT + "LogMaintenance.java",
                        "        if (!swapped) {\n            return MaintenanceReport.NOTHING;\n        }\n        // Archived",
                        "        // Archived"),
                new Mutant(
                        1,
                        "a collector's swap leaves the manifest as it was",
                        FORMAT + "LogMaintenance.java",
                        "return garbage.isEmpty() ? null : manifest.collected();",
                        "return garbage.isEmpty() ? null : manifest;"),
                new Mutant(
                        1,
                        "a collector knows only what the newest manifest names",
                        FORMAT + "LogMaintenance.java",
                        "next = previous.flatMap(name -> objects.getArchived(database, name, operation));",
                        "next = Optional.empty();"),
                new Mutant(
                        1,
                        "a checkpoint does not put its base again after a collection",
                        FORMAT + "LogMaintenance.java",
                        "if (own == null || collections != manifest.collections()) {\n                own = format",
                        "if (own == null) {\n                own = format"),
                new Mutant(
                        1,
                        "a checkpoint ignores what was committed meanwhile",
                        FORMAT + "Manifest.java",
                        "tail.stream().filter(entry -> entry.txid > newBase.txid).toList(),",
                        "List.of(),"),
                new Mutant(
                        1,
                        "a checkpoint does not say what came before",
                        FORMAT + "Manifest.java",
                        "                Optional.of(archived));",
                        "                Optional.empty());"),
                new Mutant(
                        1,
                        "segments have names that can be guessed",
                        FORMAT + "LogKeys.java",
                        "hex(fromTxid) + \"-\" + hex(toTxid) + \"-\" + id + \".zip\"",
                        "hex(fromTxid) + \"-\" + hex(toTxid) + \".zip\""),
                new Mutant(
                        1,
                        "a reader does not ask whether there is something new",
                        SESSION + "SharedCheckout.java",
                        "return foundCurrent != null && foundCurrent.isWithin(maxStaleness, now());",
                        "return foundCurrent != null;"),
                new Mutant(
                        1,
                        "staleness is counted from when the answer came",
                        SESSION + "SharedCheckout.java",
                        "foundCurrent = began;\n                }\n                ended",
                        "foundCurrent = now();\n                }\n                ended"),
                new Mutant(
                        1,
                        "a bookmark is not looked at",
                        SESSION + "DbSession.java",
                        ".filter(version -> version.txid() >= options.minTxid())",
                        ".filter(version -> true)"),
                new Mutant(
                        1,
                        "a transaction that was refused stays in the working copy",
                        COPY + "WriteTransaction.java",
                        "copy.abandon(generation, connection, changed);",
                        "copy.abandon(generation, connection, false);"),
                new Mutant(
                        1,
                        "the state file outlives the first local write",
                        COPY + "WorkingCopy.java",
                        "                epoch++;\n                StateFile.delete(directory);",
                        "                epoch++;\n                if (epoch < 0) {\n                    StateFile.delete(directory);\n                }"),
                new Mutant(
                        1,
                        "what a state file says is believed without looking",
                        COPY + "WorkingCopy.java",
                        "StateFile.read(directory).filter(state -> state.isTrueOf(directory))",
                        "StateFile.read(directory)"),
                new Mutant(
                        1,
                        "a patch is applied whatever comes of it",
                        COPY + "WorkingCopy.java",
                        "if (!isExpected(after, expected)) {",
                        "if (after.isEmpty()) {"),
                new Mutant(
                        1,
                        "what a conflict says is run again even if it may have happened",
                        FORMAT + "DatabaseStore.java",
                        "? new CommitOutcome.Unknown(doubt.cause())",
                        "? new CommitOutcome.Conflict()"),
                new Mutant(
                        1,
                        "a catch-up leaves out the last transaction",
                        FORMAT + "LogChain.java",
                        "objects.readLog(database, manifest, reached, manifest.txid(), sink, operation);",
                        "objects.readLog(database, manifest, reached + 1, manifest.txid(), sink, operation);"),
                new Mutant(
                        1,
                        "a database of another name's life passes for this one",
                        FORMAT + "LogFormat.java",
                        "&& version.databaseId().equals(Optional.of(manifest.databaseId()))",
                        ""));
    }

    /**
     * Compiles the class with the defect.
     *
     * @param sources the source root of the production code
     * @param classes what it is compiled against
     * @param target where the classes go
     * @throws IllegalStateException if the source does not read as it should: the mutant is to be mended then
     */
    void compile(Path sources, String classes, Path target) throws IOException {
        String text = Files.readString(sources.resolve(source)).replace("\r\n", "\n");
        int at = text.indexOf(correct);
        if (at < 0 || text.indexOf(correct, at + 1) >= 0) {
            throw new IllegalStateException(
                    "'" + name + "' can no longer be planted: " + source + " does not say exactly once: " + correct);
        }
        Path mutated = target.resolve("src").resolve(source);
        Files.createDirectories(mutated.getParent());
        Files.writeString(mutated, text.replace(correct, wrong));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(problems, null, null)) {
            boolean compiled = compiler.getTask(
                            null,
                            files,
                            problems,
                            List.of("-proc:none", "-nowarn", "-classpath", classes, "-d", target.toString()),
                            null,
                            files.getJavaFileObjects(mutated))
                    .call();
            if (!compiled) {
                throw new IllegalStateException("'" + name + "' does not compile: " + problems.getDiagnostics());
            }
        }
    }

    /** Loads the project's classes anew, the one with the defect among them; all else is the parent's. */
    static final class Loader extends ClassLoader {

        private final List<Path> roots;

        Loader(ClassLoader parent, List<Path> roots) {
            super(parent);
            this.roots = roots;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.cloudsqlite.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : define(name);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            String file = name.replace('.', '/') + ".class";
            try {
                for (Path root : roots) {
                    if (Files.exists(root.resolve(file))) {
                        byte[] bytes = Files.readAllBytes(root.resolve(file));
                        return defineClass(name, bytes, 0, bytes.length);
                    }
                }
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
            throw new ClassNotFoundException(name);
        }
    }
}
