/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.io.LogFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaderEpochsTest {
    @TempDir
    Path dir;

    private LeaderEpochs epochs = new LeaderEpochs(LogFiles.SYSTEM, Path.of(""));

    @BeforeEach
    void create() {
        epochs = new LeaderEpochs(LogFiles.SYSTEM, dir);
        epochs.assign(2, 10);
        epochs.assign(4, 20);
    }

    @Test
    void anEpochEndsWhereTheNextOneStarts() {
        assertThat(epochs.endOf(1, 30)).isEqualTo(EpochEnd.NONE);
        assertThat(epochs.endOf(2, 30)).isEqualTo(new EpochEnd(2, 20));
        assertThat(epochs.endOf(3, 30)).isEqualTo(new EpochEnd(2, 20));
        assertThat(epochs.endOf(4, 30)).isEqualTo(new EpochEnd(4, 30));
        assertThat(epochs.endOf(9, 30)).isEqualTo(new EpochEnd(4, 30));
        assertThat(epochs.epochAt(9)).isEqualTo(-1);
        assertThat(epochs.epochAt(19)).isEqualTo(2);
        assertThat(epochs.epochAt(25)).isEqualTo(4);
    }

    @Test
    void oldAndKnownEpochsChangeNothingAndEmptyOnesAreReplaced() {
        epochs.assign(4, 25);
        epochs.assign(3, 25);
        assertThat(epochs.endOf(2, 30)).isEqualTo(new EpochEnd(2, 20));
        epochs.assign(5, 20);
        assertThat(epochs.endOf(4, 30)).as("epoch 4 has no record").isEqualTo(new EpochEnd(2, 20));
        assertThat(epochs.last()).isEqualTo(5);
    }

    @Test
    void truncationForgetsWhatStartsThereOrBehind() {
        epochs.truncateFrom(20);
        assertThat(epochs.last()).isEqualTo(2);
        epochs.assign(4, 20);
        epochs.dropAbove(20);
        assertThat(epochs.last()).as("started, without a record yet").isEqualTo(4);
        epochs.dropAbove(19);
        assertThat(epochs.last()).isEqualTo(2);
    }

    @Test
    void theLogStartCutsOlderEpochsOff() {
        epochs.startAt(15);
        assertThat(epochs.endOf(2, 30)).isEqualTo(new EpochEnd(2, 20));
        assertThat(epochs.epochAt(14)).isEqualTo(-1);
        epochs.startAt(22);
        assertThat(epochs.endOf(2, 30)).isEqualTo(EpochEnd.NONE);
        assertThat(epochs.endOf(4, 30)).isEqualTo(new EpochEnd(4, 30));
        assertThat(epochs.epochAt(21)).isEqualTo(-1);
    }

    private LeaderEpochs reloaded(boolean whole) throws Exception {
        LeaderEpochs again = new LeaderEpochs(LogFiles.SYSTEM, dir);
        assertThat(again.load().whole()).isEqualTo(whole);
        return again;
    }

    private void assertSame(LeaderEpochs again) {
        for (int epoch = 0; epoch < 12; epoch++) {
            assertThat(again.endOf(epoch, 300)).as("epoch " + epoch).isEqualTo(epochs.endOf(epoch, 300));
        }
    }

    @Test
    void theFileBringsThemBackOrSaysThatSomeAreMissing() throws Exception {
        epochs.persist();
        assertSame(reloaded(true));
        Path file = dir.resolve(LeaderEpochs.FILE);
        String text = Files.readString(file);
        int first = text.indexOf('\n') + 1;
        int second = text.indexOf('\n', first) + 1;
        for (int length = 0; length < text.length(); length++) {
            Files.writeString(file, text.substring(0, length));
            LeaderEpochs again = reloaded(true); // a line that was being written
            assertThat(again.last()).as("cut at " + length).isEqualTo(length < second ? -1 : 2);
        }
        Files.writeString(file, text.replace("2 10", "2 11"));
        LeaderEpochs again = reloaded(false);
        again.assign(7, 70);
        again.persist();
        assertThat(reloaded(true).endOf(6, 99)).as("the damaged part is gone").isEqualTo(EpochEnd.NONE);
    }

    @Test
    void theFileTellsTheWholeHistory() throws Exception {
        epochs.write();
        epochs.assign(5, 20);
        epochs.assign(6, 40);
        epochs.write();
        assertSame(reloaded(true));
        epochs.truncateFrom(40);
        epochs.assign(8, 30);
        epochs.startAt(15);
        epochs.persist();
        assertSame(reloaded(true));
        epochs.startAt(30);
        epochs.truncateFrom(30);
        epochs.persist();
        assertThat(reloaded(true).last()).isEqualTo(-1);
        for (int epoch = 9; epoch < 200; epoch++) {
            epochs.assign(epoch, 30);
            epochs.write();
        }
        assertThat(reloaded(true).last()).isEqualTo(199);
        assertThat(Files.readAllLines(dir.resolve(LeaderEpochs.FILE)))
                .as("rewritten when it grows")
                .hasSizeLessThan(60);
        epochs.clear();
        epochs.persist();
        assertThat(reloaded(true).last()).isEqualTo(-1);
    }
}
