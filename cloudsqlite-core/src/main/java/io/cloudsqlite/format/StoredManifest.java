package io.cloudsqlite.format;

import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import java.io.IOException;

/** A manifest that is or was the newest, and what the store called it. */
record StoredManifest(Manifest manifest, BlobVersion version) {

    /** Reads the body of an object that holds one. */
    static StoredManifest read(GetOutcome.Found found, Operation operation) throws IOException {
        Manifest manifest = ManifestJson.decode(RepeatedReads.receive(found, operation));
        return new StoredManifest(manifest, found.info().version());
    }
}
