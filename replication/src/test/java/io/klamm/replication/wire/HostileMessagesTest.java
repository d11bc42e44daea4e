/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResultCollection;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.Test;

/** Messages that are small where they come from and large, slow or unspeakable where they go to. */
class HostileMessagesTest {
    private static final short METADATA = 1;

    /** Metadata of so many topics, whose names are empty: two bytes each. */
    private static ByteBuf emptyNames(int count) {
        return Unpooled.wrappedBuffer(new byte[Integer.BYTES + 2 * count]).setInt(0, count);
    }

    @Test
    void anArrayOfTheSmallestElementsIsNotRead() {
        ByteBuf many = emptyNames(200_000);
        assertThatThrownBy(() -> RequestFrame.decodeBody(many, ApiKeys.METADATA, METADATA))
                .isInstanceOf(MalformedMessageException.class);
        assertThat(many.readerIndex())
                .as("nothing was allocated for what it says")
                .isEqualTo(Integer.BYTES);
    }

    @Test
    void arraysInArraysCountTogether() {
        // 1,000 topics with 1,000 empty partitions each, which takes 8 bytes a partition in CreateTopics' assignments
        ByteBuf body = Unpooled.buffer();
        body.writeInt(1_000);
        for (int topic = 0; topic < 1_000; topic++) {
            body.writeShort(0).writeInt(1).writeShort(1).writeInt(1_000);
            body.writeZero(1_000 * 8).writeInt(0);
        }
        body.writeInt(1).writeByte(0);
        assertThatThrownBy(() -> RequestFrame.decodeBody(body, ApiKeys.CREATE_TOPICS, (short) 2))
                .isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void whatIsUsualIsRead() {
        MetadataRequestData names =
                (MetadataRequestData) RequestFrame.decodeBody(emptyNames(20_000), ApiKeys.METADATA, METADATA)
                        .data();
        assertThat(names.topics()).hasSize(20_000);
        FetchRequestData all = new FetchRequestData();
        FetchTopic topic = new FetchTopic().setTopic("t");
        for (int partition = 0; partition < 20_000; partition++) {
            topic.partitions().add(new FetchPartition().setPartition(partition));
        }
        all.topics().add(topic);
        short version = 12;
        ByteBuffer bytes = MessageUtil.toByteBufferAccessor(all, version).buffer();
        assertThat(RequestFrame.decodeBody(Unpooled.wrappedBuffer(bytes), ApiKeys.FETCH, version)
                        .data())
                .isEqualTo(all);
    }

    @Test
    void theSameHoldsForARequestInARequest() {
        ByteBuf many = emptyNames(200_000);
        assertThatThrownBy(() -> RequestFrame.readInner(many.nioBuffer(), new MetadataRequestData(), METADATA))
                .isInstanceOf(MalformedMessageException.class);
        ByteBuffer two =
                Unpooled.buffer().writeInt(1).writeShort(0).writeShort(7).nioBuffer();
        MetadataRequestData read = new MetadataRequestData();
        RequestFrame.readInner(two, read, METADATA);
        assertThat(read.topics()).hasSize(1);
        assertThat(two.remaining()).as("what is behind it").isEqualTo(Short.BYTES);
    }

    /** Each byte would become three, and no answer could name the topic. */
    @Test
    void unknownTagsThatCouldNotBeWrittenAgainAreRefused() {
        // Metadata of nothing, then tagged fields of no bytes
        byte[] ascending = {1, 0, 0, 2, 100, 0, 120, 0};
        byte[] twice = {1, 0, 0, 2, 120, 0, 120, 0};
        RequestFrame.decodeBody(Unpooled.wrappedBuffer(ascending), ApiKeys.METADATA, (short) 12);
        assertThatThrownBy(() -> RequestFrame.decodeBody(Unpooled.wrappedBuffer(twice), ApiKeys.METADATA, (short) 12))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("tagged field 120");
    }

    @Test
    void aLongStringThatIsNotUtf8IsRefusedAndAShortOneIsNot() {
        assertThatThrownBy(() -> RequestFrame.decodeBody(oneName(30_000, (byte) -1), ApiKeys.METADATA, METADATA))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("not UTF-8");
        RequestFrame.decodeBody(oneName(1_000, (byte) -1), ApiKeys.METADATA, METADATA);
        RequestFrame.decodeBody(oneName(Short.MAX_VALUE, (byte) 'x'), ApiKeys.METADATA, METADATA);
    }

    private static ByteBuf oneName(int length, byte of) {
        byte[] name = new byte[length];
        Arrays.fill(name, of);
        return Unpooled.buffer().writeInt(1).writeShort(length).writeBytes(name);
    }

    @Test
    void anErrorMessageThatIsTooLongForTheWireIsShortened() {
        String name = "x".repeat(Short.MAX_VALUE);
        CreateTopicsResponseData answer = new CreateTopicsResponseData()
                .setTopics(new CreatableTopicResultCollection(List.of(new CreatableTopicResult()
                                .setName(name)
                                .setErrorMessage("Topic name '" + name + "' is too long"))
                        .iterator()));
        ResponseFrame frame =
                ResponseFrame.encode(UnpooledByteBufAllocator.DEFAULT, ApiKeys.CREATE_TOPICS, (short) 7, 1, answer);
        assertThat(frame.size()).isBetween(33_000, 35_000);
        frame.release();
        CreatableTopicResult told = answer.topics().find(name);
        assertThat(told.errorMessage()).startsWith("Topic name 'xxx").endsWith("...");
    }
}
