/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import java.util.Map;

/**
 * Who a member is, and what it reads.
 *
 * @param process its name in the history
 * @param config of its consumer
 */
record MemberSettings(String process, String group, String topic, Map<String, String> config) {}
