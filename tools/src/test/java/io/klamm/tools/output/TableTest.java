/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void alignsTextToTheLeftAndNumbersToTheRight() {
        Table table = new Table("TOPIC", "PARTITIONS", "STATE")
                .row("a", 3, "ok")
                .row("a-long-name", 1024, "under-replicated")
                .row("b", "-", "offline");

        assertThat(table).hasToString("""
                        TOPIC        PARTITIONS  STATE
                        a                     3  ok
                        a-long-name        1024  under-replicated
                        b                     -  offline
                        """);
    }

    @Test
    void keepsARowOnOneLine() {
        assertThat(new Table("NAME").row("two\nlines\u001b[31m").toString()).isEqualTo("NAME\ntwo?lines?[31m\n");
    }

    @Test
    void refusesARowOfAnotherLength() {
        assertThatThrownBy(() -> new Table("A", "B").row("only one")).isInstanceOf(IllegalArgumentException.class);
    }
}
