/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.netty.channel.DefaultFileRegion;

/**
 * A file range for sendfile. It extends Netty's region, since the epoll transport recognises only that one, and differs in its end:
 * the file is shared, so it is not closed but its range released. When the file has become shorter than the range, Netty fails the
 * write, which closes the connection.
 */
final class FileRangeRegion extends DefaultFileRegion {
    private final FileRangeRecords records;

    FileRangeRegion(FileRangeRecords records) {
        super(
                records.range().channel(),
                records.range().position(),
                records.range().length());
        this.records = records;
    }

    @Override
    protected void deallocate() {
        records.release();
    }
}
