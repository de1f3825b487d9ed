package io.cloudsqlite.simulator;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** A fiber that is a continuation, as virtual threads are made of: switching takes less than a microsecond. */
final class ContinuationFiber implements Fiber {

    private static final Handles HANDLES = Handles.find();

    static final boolean IS_AVAILABLE = HANDLES.scope != null;

    private final Object continuation;

    ContinuationFiber(Runnable work) {
        try {
            continuation = HANDLES.create.invoke(HANDLES.scope, work);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void resume() {
        try {
            HANDLES.run.invoke(continuation);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public boolean hasEnded() {
        try {
            return (boolean) HANDLES.isDone.invoke(continuation);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void pause() {
        boolean paused;
        try {
            paused = (boolean) HANDLES.pause.invoke(HANDLES.scope);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        if (!paused) {
            throw new IllegalStateException("the fiber could not pause");
        }
    }

    /** The methods of {@code jdk.internal.vm.Continuation}; all null where they cannot be used. */
    private record Handles(
            @org.jspecify.annotations.Nullable Object scope,
            MethodHandle create,
            MethodHandle run,
            MethodHandle isDone,
            MethodHandle pause) {

        static Handles find() {
            MethodHandle none = MethodHandles.constant(Object.class, 0);
            try {
                MethodHandles.Lookup lookup = MethodHandles.lookup();
                Class<?> scopeClass = Class.forName("jdk.internal.vm.ContinuationScope");
                Class<?> continuationClass = Class.forName("jdk.internal.vm.Continuation");
                Object scope = lookup.findConstructor(scopeClass, MethodType.methodType(void.class, String.class))
                        .invoke("simulator");
                return new Handles(
                        scope,
                        lookup.findConstructor(
                                continuationClass, MethodType.methodType(void.class, scopeClass, Runnable.class)),
                        lookup.findVirtual(continuationClass, "run", MethodType.methodType(void.class)),
                        lookup.findVirtual(continuationClass, "isDone", MethodType.methodType(boolean.class)),
                        lookup.findStatic(
                                continuationClass, "yield", MethodType.methodType(boolean.class, scopeClass)));
            } catch (Throwable e) {
                return new Handles(null, none, none, none, none);
            }
        }
    }
}
