// A client of the route guide on grpc-js. See ../README.md for what it prints.
import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const DEADLINE_MILLIS = 20_000;
const EARTH_RADIUS_METRES = 6_371_000;
const NOWHERE = { latitude: 1, longitude: 1 };
const EVERYWHERE = {
  lo: { latitude: -900_000_000, longitude: -1_800_000_000 },
  hi: { latitude: 900_000_000, longitude: 1_800_000_000 },
};

const { values: args } = parseArgs({
  options: {
    target: { type: 'string' },
    identity: { type: 'string' },
    features: { type: 'string' },
    expect: { type: 'string' },
    proto: { type: 'string' },
  },
});
const expected = { OK: grpc.status.OK, PERMISSION_DENIED: grpc.status.PERMISSION_DENIED, refused: grpc.status.UNAVAILABLE }[args.expect];
if (expected === undefined) {
  throw new Error(`--expect is ${args.expect} (OK, PERMISSION_DENIED or refused)`);
}

const definition = loader.loadSync('routeguide/route_guide.proto', { includeDirs: [args.proto], defaults: true });
const { RouteGuide } = grpc.loadPackageDefinition(definition).routeguide;
const named = JSON.parse(readFileSync(args.features, 'utf8')).feature.filter((feature) => feature.name);

function credentials(directory) {
  const read = (name) => (existsSync(`${directory}/${name}`) ? readFileSync(`${directory}/${name}`) : null);
  return grpc.credentials.createSsl(read('ca.crt'), read('tls.key'), read('tls.crt'));
}

function metres(a, b) {
  const radians = (e7) => (e7 / 1e7) * (Math.PI / 180);
  const halfLat = radians(b.latitude - a.latitude) / 2;
  const halfLon = radians(b.longitude - a.longitude) / 2;
  const h = Math.sin(halfLat) ** 2 + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(halfLon) ** 2;
  return 2 * EARTH_RADIUS_METRES * Math.atan2(Math.sqrt(h), Math.sqrt(1 - h));
}

function same(what, found, wanted) {
  if (!isDeepStrictEqual(found, wanted)) {
    throw new Error(`${what}: ${JSON.stringify(found)} (expected ${JSON.stringify(wanted)})`);
  }
}

const within = () => ({ deadline: Date.now() + DEADLINE_MILLIS });

// One answer of a call that takes a callback.
const answer = (start) =>
  new Promise((resolve, reject) => {
    start((error, response) => (error ? reject(error) : resolve(response)));
  });

// Every answer of a call that streams them.
const answers = (call) =>
  new Promise((resolve, reject) => {
    const received = [];
    call.on('data', (message) => received.push(message));
    call.on('error', reject);
    call.on('end', () => resolve(received));
  });

const checks = {
  async GetFeature(client) {
    const known = await answer((done) => client.GetFeature(named[0].location, within(), done));
    same('name', known.name, named[0].name);
    const nowhere = await answer((done) => client.GetFeature(NOWHERE, within(), done));
    same('name of nowhere', nowhere.name, '');
  },
  async ListFeatures(client) {
    const features = await answers(client.ListFeatures(EVERYWHERE, within()));
    same('names', features.map((f) => f.name).sort(), named.map((f) => f.name).sort());
  },
  async RecordRoute(client) {
    const route = [named[0].location, NOWHERE, named[1].location];
    const summary = await answer((done) => {
      const call = client.RecordRoute(within(), done);
      route.forEach((point) => call.write(point));
      call.end();
    });
    const distance = metres(route[0], route[1]) + metres(route[1], route[2]);
    same('points', summary.pointCount, 3);
    same('features', summary.featureCount, 2);
    same('distance is right', Math.abs(summary.distance / distance - 1) < 0.01, true);
  },
  async RouteChat(client) {
    const anywhere = () => Math.floor(Math.random() * 900_000_000);
    const here = { latitude: anywhere(), longitude: anywhere() };
    const there = { latitude: -here.latitude - 1, longitude: here.longitude };
    const call = client.RouteChat(within());
    const received = answers(call);
    [[here, 'first'], [there, 'second'], [here, 'third'], [here, 'fourth']].forEach(([location, message]) =>
      call.write({ location, message }),
    );
    call.end();
    same('notes', (await received).map((note) => note.message), ['first', 'first', 'third']);
  },
};

let allOk = true;
for (const [name, check] of Object.entries(checks)) {
  const client = new RouteGuide(args.target, credentials(args.identity));
  let ok;
  let detail = 'answered';
  try {
    await check(client);
    ok = expected === grpc.status.OK;
  } catch (error) {
    ok = error.code === expected;
    detail = error.message;
  }
  client.close();
  allOk &&= ok;
  console.log(JSON.stringify({ check: name, ok, detail }));
}
process.exitCode = allOk ? 0 : 1;
