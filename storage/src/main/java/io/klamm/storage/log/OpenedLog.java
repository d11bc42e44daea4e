/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.producer.ProducerStates;

/** What opening, with recovery where needed, has found of a log. */
record OpenedLog(
        LogIdentity identity,
        LogDir dir,
        LogFolder folder,
        DirCheckpoints checkpoints,
        Segments segments,
        LeaderEpochs epochs,
        ProducerStates producers,
        long logStartOffset,
        RecoveryPoint recoveryPoint) {}
