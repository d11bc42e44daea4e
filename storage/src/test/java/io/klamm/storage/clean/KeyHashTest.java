/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyHashTest {
    /** Key 00..0f, input 00..n-1: what OpenSSL's SIPHASH with 16 bytes says. */
    @ParameterizedTest
    @CsvSource({
        "0, A3817F04BA25A8E66DF67214C7550293",
        "1, DA87C1D86B99AF44347659119B22FC45",
        "7, A1F1EBBED8DBC153C0B84AA61FF08239",
        "8, 3B62A9BA6258F5610F83E264F31497B4",
        "15, 5493E99933B0A8117E08EC0F97CFC3D9",
        "16, 6EE2A4CA67B054BBFD3315BF85230577",
        "63, 5150D1772F50834A503E069A973FBD7C"
    })
    void isSipHash(int length, String expected) {
        KeyHash hash = new KeyHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        byte[] input = new byte[length + 5];
        for (int i = 0; i < length; i++) {
            input[3 + i] = (byte) i;
        }
        hash.hash(input, 3, length);
        ByteBuffer result = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        result.putLong(hash.first()).putLong(hash.second());
        assertThat(HexFormat.of().withUpperCase().formatHex(result.array())).isEqualTo(expected);
    }
}
