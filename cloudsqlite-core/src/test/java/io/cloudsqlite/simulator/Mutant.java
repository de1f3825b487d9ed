package io.cloudsqlite.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A defect that is planted into a copy of the production code, to see whether the simulator finds it: a class or two whose source
 * reads a little different.
 *
 * @param foundBy the first seed whose history finds it
 * @param name what is wrong
 * @param edits what differs, in one class or several
 */
record Mutant(long foundBy, String name, List<Edit> edits) {

    private static final String FORMAT = "io/cloudsqlite/format/";
    private static final String SESSION = "io/cloudsqlite/session/";
    private static final String COPY = "io/cloudsqlite/copy/";

    /**
     * A place where the copy reads different.
     *
     * @param source the class's file below the source root
     * @param correct what it says, exactly once
     * @param wrong what it says in the copy
     */
    record Edit(String source, String correct, String wrong) {}

    private static Mutant of(long foundBy, String name, String source, String correct, String wrong) {
        return new Mutant(foundBy, name, List.of(new Edit(source, correct, wrong)));
    }

    /** All of them. */
    static List<Mutant> all() {
        return List.of(
                of(
                        1,
                        "the put has no condition",
                        FORMAT + "CommitPoint.java",
                        "body, metadata, condition, !creates, operation)",
                        "body, metadata, PutCondition.ALWAYS, !creates, operation)"),
                of(
                        66,
                        "a put in doubt passes for refused",
                        FORMAT + "Publication.java",
                        "doubt = ((PutOutcome.Unknown) outcome).cause();",
                        "return new Result.Refused();"),
                of(
                        66,
                        "a refusal after doubt passes for a refusal",
                        FORMAT + "Publication.java",
                        "return doubt == null ? new Result.Refused() : new Result.InDoubt(doubt);",
                        "return new Result.Refused();"),
                of(
                        392,
                        "after doubt, only the newest commit id is looked at",
                        FORMAT + "Commit.java",
                        "if (position > 0) {",
                        "if (position > 1_000) {"),
                of(
                        99,
                        "what cannot be found out passes for a conflict",
                        FORMAT + "DatabaseStore.java",
                        "? new CommitOutcome.Unknown(doubt.cause())",
                        "? new CommitOutcome.Conflict()"),
                of(
                        41,
                        "a collector does not change the manifest before it deletes",
                        FORMAT + "LogMaintenance.java",
                        "return garbage.isEmpty() ? null : manifest.collected(kept.forgotten());",
                        "return garbage.isEmpty() ? null : manifest;"),
                of(
                        2,
                        "a collector knows only what the newest manifest names",
                        FORMAT + "LogMaintenance.java",
                        "earlier = objects.getPrevious(database, newest, manifest, operation);",
                        "earlier = Optional.empty();"),
                of(
                        366,
                        "a collector takes what an archived manifest names that stays",
                        FORMAT + "LogMaintenance.java",
                        "!isRestorable && mayGo.contains(folder + previous.get())) {\n                return new Kept(keys, previous);",
                        "!isRestorable) {\n                return new Kept(keys, newest.forgotten());"),
                of(
                        41,
                        "a checkpoint ignores what was committed meanwhile",
                        FORMAT + "Manifest.java",
                        "tail.stream().filter(entry -> entry.txid > newBase.txid).toList(),",
                        "List.of(),"),
                of(
                        2,
                        "a checkpoint does not say what came before",
                        FORMAT + "Manifest.java",
                        "                Optional.of(archived),\n                forgotten);",
                        "                Optional.empty(),\n                forgotten);"),
                of(
                        157,
                        "segments have names that can be guessed",
                        FORMAT + "LogKeys.java",
                        "hex(fromTxid) + \"-\" + hex(toTxid) + \"-\" + id + \".zip\"",
                        "hex(fromTxid) + \"-\" + hex(toTxid) + \".zip\""),
                of(
                        2,
                        "a reader does not ask whether there is something new",
                        SESSION + "SharedCheckout.java",
                        "return foundCurrent != null && foundCurrent.isWithin(maxStaleness, now());",
                        "return foundCurrent != null;"),
                of(
                        89,
                        "staleness is counted from when the answer came",
                        SESSION + "SharedCheckout.java",
                        "foundCurrent = began;\n                }\n                ended",
                        "foundCurrent = now();\n                }\n                ended"),
                of(
                        46,
                        "a bookmark does not bring a copy up to date",
                        SESSION + "Reads.java",
                        ".filter(version -> version.txid() >= options.minTxid())",
                        ".filter(version -> true)"),
                of(
                        54,
                        "a transaction that was refused stays in the working copy",
                        COPY + "WriteGroup.java",
                        "copy.abandon(generation, connection, changed);",
                        "copy.abandon(generation, connection, false);"),
                of(
                        18,
                        "what a state file says is believed without looking",
                        COPY + "CopyDirectory.java",
                        "StateFile.read(directory).filter(state -> state.isTrueOf(directory))",
                        "StateFile.read(directory)"),
                of(
                        1643,
                        "a checkpoint does not put its base again after a collection",
                        FORMAT + "LogMaintenance.java",
                        "if (own == null || collections != manifest.collections()) {",
                        "if (own == null) {"),
                of(
                        41,
                        "a segment is named that was put before a collection",
                        FORMAT + "SpareSegments.java",
                        "return isBeginningOfTailOf(manifest) && manifest.collections() == collections",
                        "return isBeginningOfTailOf(manifest)"),
                new Mutant(
                        16,
                        "a segment is named in the place of what others have committed",
                        List.of(
                                new Edit(
                                        FORMAT + "SpareSegments.java",
                                        "return manifest.recentCommits().contains(commit)\n                    && !manifest",
                                        "return !manifest"),
                                new Edit(
                                        FORMAT + "SpareSegments.java",
                                        "\n                    && entry.timestamp().equals(segment.timestamp())"
                                                + "\n                    && entry.checksum().equals(segment.checksum());",
                                        ";"))),
                of(
                        35,
                        "an idempotency key is not looked up",
                        SESSION + "DbSession.java",
                        "before = table.find(request);",
                        "before = Optional.empty();"),
                of(
                        9,
                        "a request to the store serves those who came after it had begun",
                        SESSION + "SharedCheckout.java",
                        "long needed = lastBegun + 1;",
                        "long needed = lastBegun;"),
                of(
                        49,
                        "what was deleted stays in the working copy",
                        COPY + "WorkingCopy.java",
                        "                discardLocked();\n                knownToBeAbsent = true;",
                        "                knownToBeAbsent = true;"),
                of(
                        4,
                        "readers do not stay on what is durable while a transaction is on its way",
                        COPY + "Generation.java",
                        "            for (Reader reader : idle) {\n                reader.pin();\n            }\n",
                        ""),
                new Mutant(
                        1,
                        "a catch-up leaves out a transaction, and nobody checks what comes of it",
                        List.of(
                                new Edit(
                                        FORMAT + "LogChain.java",
                                        "objects.readLog(database, manifest, reached, manifest.txid(), sink, operation);",
                                        "objects.readLog(database, manifest, reached + 1, manifest.txid(), sink, operation);"),
                                new Edit(
                                        COPY + "WorkingCopy.java",
                                        "if (!isExpected(after, expected)) {",
                                        "if (after.isEmpty()) {"))),
                new Mutant(
                        1,
                        "a transaction is put on top of others' without being run again",
                        List.of(
                                new Edit(
                                        FORMAT + "Commit.java",
                                        "&& version.txid() == newest.txid()",
                                        "&& version.txid() <= newest.txid()"),
                                new Edit(
                                        FORMAT + "Commit.java",
                                        "&& version.recentCommits().equals(newest.recentCommits())",
                                        ""))));
    }

    /**
     * Compiles the classes with the defect.
     *
     * @param sources the source root of the production code
     * @param classes what it is compiled against
     * @param target where the classes go
     * @throws IllegalStateException if the source does not read as it should: the mutant is to be mended then
     */
    void compile(Path sources, String classes, Path target) throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Edit edit : edits) {
            String text = texts.get(edit.source);
            if (text == null) {
                text = Files.readString(sources.resolve(edit.source)).replace("\r\n", "\n");
            }
            int at = text.indexOf(edit.correct);
            if (at < 0 || text.indexOf(edit.correct, at + 1) >= 0) {
                throw new IllegalStateException("'" + name + "' can no longer be planted: " + edit.source
                        + " does not say exactly once: " + edit.correct);
            }
            texts.put(edit.source, text.replace(edit.correct, edit.wrong));
        }
        List<Path> mutated = new ArrayList<>();
        for (Map.Entry<String, String> text : texts.entrySet()) {
            Path file = target.resolve("src").resolve(text.getKey());
            Files.createDirectories(file.getParent());
            Files.writeString(file, text.getValue());
            mutated.add(file);
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(problems, null, null)) {
            boolean compiled = compiler.getTask(
                            null,
                            files,
                            problems,
                            List.of("-proc:none", "-nowarn", "-classpath", classes, "-d", target.toString()),
                            null,
                            files.getJavaFileObjectsFromPaths(mutated))
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
