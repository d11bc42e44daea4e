/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RequestMemoryTest {
    private final RequestMemory memory = new RequestMemory(100);
    private final Client a = new Client();
    private final Client b = new Client();
    private final Client c = new Client();

    @Test
    void withinTheBoundEverybodyGets() {
        assertThat(a.account.grow(60)).isTrue();
        assertThat(b.account.grow(40)).isTrue();
        assertThat(memory.used()).isEqualTo(100);
        assertThat(a.overdrafts + b.overdrafts).isZero();
    }

    @Test
    void beyondItOneGoesOnAndTheOthersWait() {
        a.account.grow(60);
        b.account.grow(40);
        assertThat(a.account.grow(30)).isTrue();
        assertThat(a.account.overdrawn()).isTrue();
        assertThat(a.overdrafts).isEqualTo(1);
        assertThat(a.account.grow(30)).isTrue();
        assertThat(a.overdrafts).isEqualTo(1);
        assertThat(b.account.grow(1)).isFalse();
        assertThat(b.account.grow(1)).isFalse();
        assertThat(c.account.grow(1)).isFalse();
        assertThat(b.stops).isEqualTo(2);

        a.account.shrink(120);
        assertThat(a.account.overdrawn()).isFalse();
        assertThat(b.wakes).isEqualTo(1);
        assertThat(c.wakes).isEqualTo(1);
        assertThat(memory.used()).isEqualTo(40);
        assertThat(b.account.grow(1)).isTrue();
    }

    @Test
    void whenTheOverdraftEndsTheNextMayHaveIt() {
        a.account.grow(100);
        b.account.grow(10);
        assertThat(c.account.grow(50)).isFalse();
        b.account.shrink(10);
        assertThat(c.wakes).isEqualTo(1);
        assertThat(c.account.grow(50)).isTrue();
        assertThat(c.account.overdrawn()).isTrue();
    }

    @Test
    void whoClosesWaitsNoMoreAndGivesTheOverdraftUp() {
        a.account.grow(100);
        b.account.grow(10);
        c.account.grow(10);
        c.account.close();
        b.account.close();
        assertThat(c.wakes).isZero();
        assertThat(b.account.overdrawn()).isFalse();
        Client d = new Client();
        assertThat(d.account.grow(10)).isTrue();
    }

    @Test
    void whoHoldsMemoryIsAskedAndNobodyElse() {
        a.account.grow(60);
        b.account.grow(40);
        b.account.shrink(40);
        memory.askHolders();
        assertThat(a.asked).isEqualTo(1);
        assertThat(b.asked + c.asked).isZero();
        assertThat(a.account.held()).isEqualTo(60);
    }

    @Test
    void smallRequestsDoNotWaitForALargeOne() {
        RequestMemory shared = new RequestMemory(4 << 20, 1 << 20);
        RequestMemory.Account large = shared.open(new Client());
        RequestMemory.Account second = shared.open(new Client());
        RequestMemory.Account small = shared.open(new Client());
        assertThat(large.grow(4 << 20)).isTrue();
        assertThat(second.grow(2 << 20)).as("beyond the bound, one at a time").isTrue();
        second.shrink(2 << 20);
        assertThat(small.grow(100_000)).isTrue();
        assertThat(small.overdrawn()).isFalse();
        assertThat(large.grow(1)).isTrue();
        assertThat(large.overdrawn()).isTrue();
        assertThat(second.grow(2 << 20)).isFalse();
        assertThat(small.grow(100_000)).as("though somebody waits").isTrue();
    }

    private final class Client implements RequestMemory.Owner {
        private final RequestMemory.Account account = memory.open(this);
        private int stops;
        private int wakes;
        private int overdrafts;
        private int asked;

        @Override
        public void memoryShort() {
            stops++;
        }

        @Override
        public void memoryBack() {
            wakes++;
        }

        @Override
        public void overdraftBegan() {
            overdrafts++;
        }

        @Override
        public void othersWait() {
            asked++;
        }
    }
}
