// SPDX-License-Identifier: Apache-2.0
// Two consumers of kafkajs share a topic; one leaves and the other reads on. Prints one line for each step; exit code 1 when a step does not come.
// Arguments: bootstrap servers, topic, group.
const { Kafka, logLevel } = require('kafkajs');

const [bootstrap, topic, groupId] = process.argv.slice(2);
const kafka = new Kafka({ clientId: 'kafkajs-test', brokers: bootstrap.split(','), logLevel: logLevel.ERROR });
const seen = new Set();

async function until(what, condition) {
  const deadline = Date.now() + 40000;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`not in time: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  console.log(what);
}

async function member() {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10000, heartbeatInterval: 500 });
  const state = { consumer, partitions: [] };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    state.partitions = payload.memberAssignment[topic] || [];
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      seen.add(message.value.toString());
    },
  });
  return state;
}

async function write(from, to) {
  const producer = kafka.producer();
  await producer.connect();
  const messages = [];
  for (let i = from; i < to; i++) {
    messages.push({ key: `key${i}`, value: `value${i}` });
  }
  await producer.send({ topic, messages });
  await producer.disconnect();
}

async function committed() {
  const admin = kafka.admin();
  await admin.connect();
  const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [topic] });
  await admin.disconnect();
  return partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

async function main() {
  await write(0, 200);
  const first = await member();
  const second = await member();
  await until('both own half', () => first.partitions.length === 2 && second.partitions.length === 2);
  await until('all is read', () => seen.size === 200);
  await second.consumer.disconnect();
  await until('one owns all', () => first.partitions.length === 4);
  await write(200, 300);
  await until('the rest is read', () => seen.size === 300);
  await first.consumer.disconnect();
  await until('all is committed', async () => (await committed()) === 300);
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
