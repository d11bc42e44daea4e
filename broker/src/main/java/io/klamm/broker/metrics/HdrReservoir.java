/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.metrics;

import com.codahale.metrics.Reservoir;
import com.codahale.metrics.Snapshot;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Keeps every value since the start, to two significant digits, in bounded memory. Updates take no lock; values beyond the bound count
 * as the bound.
 */
public final class HdrReservoir implements Reservoir {
    private static final int DIGITS = 2;

    private final long highest;
    private final Recorder recorder;
    private final Histogram total;

    /** @param highest largest value told apart */
    public HdrReservoir(long highest) {
        this.highest = highest;
        this.recorder = new Recorder(1, highest, DIGITS);
        this.total = new Histogram(1, highest, DIGITS);
    }

    @Override
    public int size() {
        return getSnapshot().size();
    }

    @Override
    public void update(long value) {
        recorder.recordValue(Math.max(0, Math.min(value, highest)));
    }

    @Override
    public Snapshot getSnapshot() {
        synchronized (total) {
            total.add(recorder.getIntervalHistogram());
            return new HdrSnapshot(total.copy());
        }
    }
}
