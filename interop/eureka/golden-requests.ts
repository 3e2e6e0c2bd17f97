// What is asked of the Java server (record.mjs) and, later, of ours (golden.test.ts): scenarios, each on a registry of its own.

/** One request; `note` says what it is there to show. */
export interface GoldenRequest {
  note?: string
  method: string
  /** Below the service URL, e.g. `apps/SHOP`. */
  path: string
  headers?: Record<string, string>
  body?: string
}

export interface Scenario {
  name: string
  requests: GoldenRequest[]
}

export const JSON_TYPE = { 'content-type': 'application/json' }
const XML_TYPE = { 'content-type': 'application/xml' }
const JSON_ANSWER = { accept: 'application/json' }
const XML_ANSWER = { accept: 'application/xml' }
// Sent with every Spring client's request.
const SPRING_ACCEPT = 'application/json, application/*+json, application/xml, text/xml, application/*+xml'
const MARKER = 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo'

/** An instance in the server's own words; `changes` replaces members, `undefined` leaves one out. */
function anInstance(app: string, id: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    instanceId: id,
    hostName: 'web1',
    app,
    ipAddr: '10.1.2.3',
    status: 'UP',
    overriddenStatus: 'UNKNOWN',
    port: { $: 8080, '@enabled': 'true' },
    securePort: { $: 443, '@enabled': 'false' },
    countryId: 1,
    dataCenterInfo: { '@class': MARKER, name: 'MyOwn' },
    leaseInfo: { renewalIntervalInSecs: 30, durationInSecs: 90 },
    metadata: { zone: 'east' },
    vipAddress: app.toLowerCase(),
    secureVipAddress: app.toLowerCase(),
    isCoordinatingDiscoveryServer: 'false',
    lastUpdatedTimestamp: '1000',
    lastDirtyTimestamp: '1000',
    ...changes,
  }
}

function post(app: string, body: unknown, note?: string): GoldenRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { ...(note ? { note } : {}), method: 'POST', path: `apps/${app}`, headers: JSON_TYPE, body: text }
}

function register(app: string, id: string, changes?: Record<string, unknown>, note?: string): GoldenRequest {
  return post(app, { instance: anInstance(app, id, changes) }, note)
}

function postXml(app: string, body: string, note?: string): GoldenRequest {
  return { ...(note ? { note } : {}), method: 'POST', path: `apps/${app}`, headers: XML_TYPE, body }
}

function get(path: string, headers: Record<string, string> = JSON_ANSWER, note?: string): GoldenRequest {
  return { ...(note ? { note } : {}), method: 'GET', path, headers }
}

function ask(method: string, path: string, note?: string, headers: Record<string, string> = {}): GoldenRequest {
  return { ...(note ? { note } : {}), method, path, headers }
}

function both(path: string, note?: string): GoldenRequest[] {
  return [get(path, JSON_ANSWER, note), get(path, XML_ANSWER)]
}

/** A batch of replicated operations, as a peer sends it. */
function batch(items: unknown, note: string, headers: Record<string, string> = { ...JSON_TYPE, ...JSON_ANSWER }): GoldenRequest {
  const body = typeof items === 'string' ? items : JSON.stringify({ replicationList: items })
  return { note, method: 'POST', path: 'peerreplication/batch/', headers, body }
}

const { app: _app, ...withoutApp } = anInstance('SHAPES', 'noapp')

const XML_INSTANCE = `<instance>
  <instanceId>x1</instanceId>
  <hostName>web1</hostName>
  <app>XML</app>
  <ipAddr>10.1.2.3</ipAddr>
  <status>UP</status>
  <overriddenstatus>UNKNOWN</overriddenstatus>
  <port enabled="true">8080</port>
  <securePort enabled="false">443</securePort>
  <countryId>1</countryId>
  <dataCenterInfo class="${MARKER}">
    <name>MyOwn</name>
  </dataCenterInfo>
  <leaseInfo>
    <renewalIntervalInSecs>5</renewalIntervalInSecs>
    <durationInSecs>15</durationInSecs>
  </leaseInfo>
  <metadata>
    <zone>east</zone>
    <a__b>under score</a__b>
    <c_-d>dollar</c_-d>
    <e.f>dot &amp; &lt;less&gt; &quot;quote&quot; ü</e.f>
  </metadata>
  <homePageUrl>http://web1:8080/?a=1&amp;b=2</homePageUrl>
  <vipAddress>xml</vipAddress>
  <isCoordinatingDiscoveryServer>false</isCoordinatingDiscoveryServer>
  <lastUpdatedTimestamp>1000</lastUpdatedTimestamp>
  <lastDirtyTimestamp>1000</lastDirtyTimestamp>
</instance>`

const AMAZON = {
  '@class': 'com.netflix.appinfo.AmazonInfo',
  name: 'Amazon',
  metadata: {
    'instance-id': 'i-12345',
    'ami-id': 'ami-1',
    'instance-type': 'm1.large',
    'local-ipv4': '10.1.2.3',
    'public-ipv4': '1.2.3.4',
    'public-hostname': 'ec2-1-2-3-4.example',
    'availability-zone': 'us-east-1c',
  },
}

export const SCENARIOS: Scenario[] = [
  {
    // First: the queue of the delta is empty on a server that has just started.
    name: 'delta',
    requests: [
      ...both('apps/delta', 'nothing has happened yet'),
      register('DELTA', 'd1'),
      get('apps/delta', JSON_ANSWER, 'ADDED'),
      ask('PUT', 'apps/DELTA/d1?status=UP&lastDirtyTimestamp=1000', 'a heartbeat changes no delta'),
      get('apps/delta'),
      ask('PUT', 'apps/DELTA/d1/status?value=OUT_OF_SERVICE&lastDirtyTimestamp=1001'),
      get('apps/delta', JSON_ANSWER, 'MODIFIED, listed once'),
      register('DELTA', 'd2', { metadata: {} }),
      ask('DELETE', 'apps/DELTA/d1'),
      get('apps/delta', JSON_ANSWER, 'DELETED with all data; the hash is that of the whole registry'),
      get('apps/delta/', XML_ANSWER),
      get('apps/delta', { accept: 'application/json', 'x-eureka-accept': 'compact' }),
      register('DELTA', 'd2', { lastDirtyTimestamp: '2000' }, 'registered again: ADDED'),
      get('apps/delta'),
      ask('DELETE', 'apps/DELTA/d2'),
      get('apps/delta', JSON_ANSWER, 'an empty registry and a delta that says why'),
    ],
  },
  {
    name: 'empty',
    requests: [
      ...both('apps', 'an empty registry'),
      get('apps/', JSON_ANSWER),
      get('apps', { accept: 'application/json', 'x-eureka-accept': 'compact' }),
      get('apps', { accept: 'application/xml', 'x-eureka-accept': 'compact' }),
      ...both('apps/NOWHERE', 'an unknown application'),
      ...both('apps/NOWHERE/n1', 'an unknown instance'),
      ...both('instances/n1'),
      ...both('vips/nowhere', 'an unknown VIP address is an empty list'),
      ...both('svips/nowhere'),
      ask('PUT', 'apps/NOWHERE/n1?status=UP&lastDirtyTimestamp=1000', 'a heartbeat of an unknown instance'),
      { ...ask('PUT', 'apps/NOWHERE/n1?status=UP', 'as Jersey clients send it'), headers: { ...JSON_TYPE, ...JSON_ANSWER }, body: '{}' },
      ask('DELETE', 'apps/NOWHERE/n1'),
      ask('PUT', 'apps/NOWHERE/n1/status?value=DOWN'),
      ask('DELETE', 'apps/NOWHERE/n1/status'),
      ask('PUT', 'apps/NOWHERE/n1/metadata?a=b'),
    ],
  },
  {
    name: 'register-json',
    requests: [
      register(
        'SHAPES',
        'full',
        {
          homePageUrl: 'http://web1:8080/',
          statusPageUrl: 'http://web1:8080/actuator/info',
          healthCheckUrl: 'http://web1:8080/actuator/health',
        },
        'the canonical form',
      ),
      ...both('apps/SHAPES/full'),
      register(
        'SHAPES',
        'spring',
        {
          appGroupName: null,
          secureHealthCheckUrl: null,
          actionType: null,
          asgName: null,
          sid: 'na',
          countryId: 1,
          isCoordinatingDiscoveryServer: false,
          lastUpdatedTimestamp: 1000,
          lastDirtyTimestamp: 1000,
          metadata: { 'management.port': '8080' },
        },
        'as Spring sends it: nulls, bare flags and numbers',
      ),
      get('apps/SHAPES/spring'),
      post(
        'SHAPES',
        { instance: { hostName: 'small', app: 'shapes', ipAddr: '10.1.2.4', dataCenterInfo: { '@class': MARKER, name: 'MyOwn' } } },
        'the smallest: no id, no lease, no port, no status; the application in lower case',
      ),
      ...both('apps/SHAPES/small'),
      post('shapes', { instance: anInstance('Shapes', 'case') }, 'any case of the application'),
      get('apps/shapes/case'),
      register('SHAPES', 'amazon', { instanceId: undefined, dataCenterInfo: AMAZON }, 'an Amazon instance: its id comes from there'),
      ...both('apps/SHAPES/i-12345'),
      register('SHAPES', 'amazon-without-id', { dataCenterInfo: { ...AMAZON, metadata: { 'ami-id': 'ami-1' } } }),
      get('apps/SHAPES/amazon-without-id'),
      register('SHAPES', 'netflix', { dataCenterInfo: { '@class': MARKER, name: 'Netflix' } }),
      get('apps/SHAPES/netflix'),
      register('SHAPES', 'my-data-center', { dataCenterInfo: { '@class': 'com.netflix.appinfo.MyDataCenterInfo', name: 'MyOwn' } }),
      get('apps/SHAPES/my-data-center'),
      register(
        'SHAPES',
        'more',
        {
          appGroupName: 'group',
          asgName: 'asg',
          sid: 'sid1',
          secureHealthCheckUrl: 'https://web1/health',
          port: { $: '8080', '@enabled': true },
          securePort: { $: 8443, '@enabled': 'true' },
          status: 'up',
          countryId: 2,
          metadata: { number: 1, flag: true, nothing: null, a_b$c: 'text', ü: '<&">' },
          lastDirtyTimestamp: 1000,
          unknownMember: { a: 1 },
        },
        'every optional member, text for numbers, a status in lower case, an unknown member',
      ),
      ...both('apps/SHAPES/more'),
      register('SHAPES', 'override1', { overriddenStatus: undefined, overriddenstatus: 'OUT_OF_SERVICE' }, 'an override in lower case'),
      get('apps/SHAPES/override1'),
      register('SHAPES', 'override2', { overriddenStatus: 'OUT_OF_SERVICE' }, 'an override in camel case'),
      get('apps/SHAPES/override2'),
      register('SHAPES', 'starting', { status: 'STARTING' }),
      get('apps/SHAPES/starting'),
      register('SHAPES', 'odd', { status: 'SLEEPING' }, 'no such status'),
      get('apps/SHAPES/odd'),
      register('SHAPES', 'empty-metadata', { metadata: { '@class': 'java.util.Collections$EmptyMap' } }),
      ...both('apps/SHAPES/empty-metadata'),
      register('SHAPES', 'lease', {
        leaseInfo: { renewalIntervalInSecs: 0, durationInSecs: -1, registrationTimestamp: 7, serviceUpTimestamp: 7 },
      }),
      get('apps/SHAPES/lease'),
      register('SHAPES', 'coordinating', { isCoordinatingDiscoveryServer: 'true' }),
      get('apps/SHAPES/coordinating'),
      { ...register('SHAPES', 'charset'), headers: { 'content-type': 'application/json;charset=UTF-8' } },
      register('SHAPES', 'web1:shapes:8080', {}, 'an id with colons'),
      get('apps/SHAPES/web1:shapes:8080'),
      get('apps/SHAPES/web1%3Ashapes%3A8080'),
      get('instances/web1:shapes:8080'),
      get('apps', JSON_ANSWER, 'all together: the order of instances and the hash'),
    ],
  },
  {
    name: 'register-xml',
    requests: [
      postXml('XML', XML_INSTANCE, 'as bare Netflix clients of old send it'),
      ...both('apps/XML/x1'),
      postXml(
        'XML',
        '<instance><hostName>x2</hostName><app>xml</app><ipAddr>10.1.2.3</ipAddr><dataCenterInfo><name>MyOwn</name></dataCenterInfo></instance>',
        'the smallest, without a class attribute',
      ),
      ...both('apps/XML/x2'),
      postXml(
        'XML',
        `<?xml version="1.0" encoding="UTF-8"?>${XML_INSTANCE.replace('x1', 'x3').replace(/<metadata>[\s\S]*<\/metadata>/, `<metadata class="java.util.Collections$EmptyMap"/>`)}`,
        'with a declaration and empty metadata',
      ),
      get('apps/XML/x3', XML_ANSWER),
      postXml(
        'XML',
        XML_INSTANCE.replace('x1', 'x4')
          .replace('<port enabled="true">', '<port>')
          .replace('<securePort enabled="false">', '<securePort>')
          .replace('<countryId>1</countryId>', '<unknown>1</unknown>'),
        'ports without a flag, an unknown element',
      ),
      get('apps/XML/x4', XML_ANSWER),
      { ...postXml('XML', XML_INSTANCE.replace('x1', 'x5'), 'text/xml'), headers: { 'content-type': 'text/xml' } },
      { ...postXml('XML', XML_INSTANCE.replace('x1', 'x6'), 'no content type'), headers: {} },
      postXml(
        'XML',
        XML_INSTANCE.replace('x1', 'x7').replace('<renewalIntervalInSecs>5<', '<renewalIntervalInSecs>five<'),
        'a lease that is no number',
      ),
      get('apps/XML/x7', XML_ANSWER),
      postXml(
        'XML',
        XML_INSTANCE.replace('x1', 'x8').replace(
          /<dataCenterInfo[\s\S]*<\/dataCenterInfo>/,
          '<dataCenterInfo class="com.netflix.appinfo.AmazonInfo"><name>Amazon</name><metadata><instance-id>i-9</instance-id><availability-zone>us-east-1c</availability-zone></metadata></dataCenterInfo>',
        ),
        'Amazon',
      ),
      ...both('apps/XML/x8'),
      get('apps/XML', XML_ANSWER, 'one application'),
      get('apps', XML_ANSWER, 'the whole registry'),
      postXml('XML', '<instance><hostName>', 'no XML'),
      postXml('XML', '<other/>', 'another element'),
      postXml('XML', '<instance/>', 'an empty instance'),
      postXml('XML', XML_INSTANCE.replace('<app>XML<', '<app>OTHER<'), 'another application than in the path'),
    ],
  },
  {
    name: 'negotiation',
    requests: [
      register('FORMS', 'f1', { metadata: {} }),
      get('apps', {}, 'no Accept'),
      get('apps', { accept: '*/*' }),
      get('apps', { accept: 'application/xml' }),
      get('apps', { accept: 'text/xml' }),
      get('apps', { accept: 'text/html' }),
      get('apps', { accept: SPRING_ACCEPT }, 'as Spring clients ask'),
      get('apps', { accept: 'application/vnd.example+json' }),
      get('apps', { accept: 'APPLICATION/JSON' }),
      get('apps', { accept: 'application/xml, application/json;q=0.1' }),
      get('apps', { accept: 'application/json', 'accept-encoding': 'gzip' }),
      get('apps', { accept: 'application/xml', 'accept-encoding': 'gzip, deflate, br' }),
      get('apps', { accept: 'application/json', 'accept-encoding': 'identity' }),
      get('apps/delta', { accept: 'application/json', 'accept-encoding': 'gzip' }),
      get('apps/FORMS', { accept: 'application/json', 'accept-encoding': 'gzip' }, 'one application is not compressed'),
      get('apps/FORMS/f1', { accept: 'application/json', 'accept-encoding': 'gzip' }),
      get('vips/forms', { accept: 'application/json', 'accept-encoding': 'gzip' }),
      get('apps', { accept: 'application/json', 'x-eureka-accept': 'full' }),
      get('apps', { accept: 'application/json', 'x-eureka-accept': 'compact' }),
      get('apps', { accept: 'application/json', 'x-eureka-accept': 'COMPACT' }),
      get('apps', { accept: 'application/json', 'x-eureka-accept': 'nonsense' }),
      get('apps', { accept: 'application/xml', 'x-eureka-accept': 'compact' }),
      get('apps/FORMS', { accept: 'application/json', 'x-eureka-accept': 'compact' }),
      get('apps/FORMS/f1', { accept: 'application/json', 'x-eureka-accept': 'compact' }),
      get('vips/forms', { accept: 'application/json', 'x-eureka-accept': 'compact' }),
      get('apps/FORMS', {}, 'one application, no Accept'),
      get('apps/FORMS', { accept: '*/*' }),
      get('apps/FORMS', { accept: SPRING_ACCEPT }),
      get('apps/FORMS/f1', {}, 'one instance, no Accept'),
      get('apps/FORMS/f1', { accept: '*/*' }),
      get('apps/FORMS/f1', { accept: 'text/html' }),
      get('apps/FORMS/f1', { accept: SPRING_ACCEPT }),
      get('instances/f1', { accept: '*/*' }),
      get('vips/forms', { accept: '*/*' }),
      get('apps?regions=us-east-1', JSON_ANSWER, 'regions'),
      get('apps/?regions=', JSON_ANSWER),
      get('v2/apps/FORMS/f1', JSON_ANSWER, 'with a version in the path'),
      get('apps/FORMS/', JSON_ANSWER, 'a slash at the end'),
      get('apps/FORMS/f1/', JSON_ANSWER),
      get('vips/forms/', JSON_ANSWER),
      get('instances/f1/', JSON_ANSWER),
      ask('HEAD', 'apps', undefined, JSON_ANSWER),
    ],
  },
  {
    name: 'lease',
    requests: [
      register('LEASE', 'l1', { leaseInfo: { renewalIntervalInSecs: 5, durationInSecs: 15 } }),
      ask('PUT', 'apps/LEASE/l1', 'a bare heartbeat'),
      ask('PUT', 'apps/LEASE/l1?status=UP&lastDirtyTimestamp=1000', 'the timestamp that is known'),
      ask('PUT', 'apps/LEASE/l1?status=UP&lastDirtyTimestamp=1001', 'a newer one: register, please'),
      ask('PUT', 'apps/LEASE/l1?status=UP&lastDirtyTimestamp=999', 'an older one'),
      {
        ...ask('PUT', 'apps/LEASE/l1?status=UP&lastDirtyTimestamp=999', 'an older one from a peer'),
        headers: { ...JSON_ANSWER, 'x-netflix-discovery-replication': 'true' },
      },
      {
        ...ask('PUT', 'apps/LEASE/l1?status=UP&lastDirtyTimestamp=999', 'the same, in XML'),
        headers: { ...XML_ANSWER, 'x-netflix-discovery-replication': 'true' },
      },
      {
        ...ask('PUT', 'apps/LEASE/l1?status=UP&lastDirtyTimestamp=1001', 'a newer one from a peer'),
        headers: { ...JSON_ANSWER, 'x-netflix-discovery-replication': 'true' },
      },
      ask('PUT', 'apps/LEASE/l1?status=UP&lastDirtyTimestamp=soon', 'a timestamp that is none'),
      ask('PUT', 'apps/LEASE/l1?status=UP&lastDirtyTimestamp=', 'an empty one'),
      ask('PUT', 'apps/LEASE/l1?status=DOWN&lastDirtyTimestamp=1000', 'the status in a heartbeat is not looked at'),
      get('apps/LEASE/l1'),
      ask('PUT', 'apps/lease/l1', 'the application in lower case'),
      ask('PUT', 'apps/LEASE/L1', 'the id in another case'),
      { ...ask('PUT', 'apps/LEASE/l1', 'as Jersey clients send it'), headers: { ...JSON_TYPE, ...JSON_ANSWER }, body: '{}' },
      ask('DELETE', 'apps/LEASE/l1'),
      ask('DELETE', 'apps/LEASE/l1', 'twice'),
      get('apps/LEASE/l1'),
      register('LEASE', 'l2', { lastDirtyTimestamp: '2000', metadata: { age: 'newer' } }),
      register('LEASE', 'l2', { lastDirtyTimestamp: '1000', metadata: { age: 'older' } }, 'an older registration: the newer data is kept'),
      get('apps/LEASE/l2'),
      register('LEASE', 'l2', { lastDirtyTimestamp: '2000', metadata: { age: 'same' } }, 'the same age: the incoming data is taken'),
      get('apps/LEASE/l2'),
      register('LEASE', 'l2', { lastDirtyTimestamp: '3000', status: 'DOWN', metadata: { age: 'newest' } }),
      get('apps/LEASE/l2', JSON_ANSWER, 'serviceUpTimestamp is kept'),
      ask('DELETE', 'apps/LEASE/l2'),
    ],
  },
  {
    name: 'status',
    requests: [
      register('STATUS', 's1'),
      ask('PUT', 'apps/STATUS/s1/status?value=UP&lastDirtyTimestamp=1000', 'the status that it has: nothing is stored'),
      get('apps/STATUS/s1'),
      ask('PUT', 'apps/STATUS/s1/status?value=OUT_OF_SERVICE&lastDirtyTimestamp=1500'),
      ...both('apps/STATUS/s1', 'out of service; XML of one instance calls that DOWN'),
      get('v2/apps/STATUS/s1', XML_ANSWER, 'with a version in the path'),
      get('instances/s1', XML_ANSWER),
      get('apps/STATUS', XML_ANSWER, 'not so in lists'),
      ...both('apps', 'the hash'),
      ask('PUT', 'apps/STATUS/s1?status=UP&lastDirtyTimestamp=1500', 'a heartbeat keeps it'),
      get('apps/STATUS/s1'),
      register('STATUS', 's1', { lastDirtyTimestamp: '1600' }, 'so does a registration as UP'),
      get('apps/STATUS/s1'),
      ask('DELETE', 'apps/STATUS/s1/status?lastDirtyTimestamp=1600', 'without a value: UNKNOWN'),
      get('apps/STATUS/s1'),
      ask('PUT', 'apps/STATUS/s1?status=UP&lastDirtyTimestamp=1600', 'and the next heartbeat: register, please'),
      register('STATUS', 's1', { lastDirtyTimestamp: '1700' }),
      get('apps/STATUS/s1'),
      ask('DELETE', 'apps/STATUS/s1/status', 'no override is there'),
      get('apps/STATUS/s1'),
      ask('PUT', 'apps/STATUS/s1/status?value=DOWN'),
      ask('DELETE', 'apps/STATUS/s1/status?value=UP'),
      get('apps/STATUS/s1'),
      ask('PUT', 'apps/STATUS/s1/status?value=STARTING'),
      get('apps/STATUS/s1'),
      ask('PUT', 'apps/STATUS/s1/status?value=UNKNOWN'),
      get('apps/STATUS/s1'),
      ask('PUT', 'apps/STATUS/s1/status?value=asleep', 'no such status'),
      ask('PUT', 'apps/STATUS/s1/status?value=up', 'in lower case'),
      ask('PUT', 'apps/STATUS/s1/status', 'none'),
      ask('PUT', 'apps/STATUS/s1/status?value=', 'an empty one'),
      ask('DELETE', 'apps/STATUS/s1/status?value=asleep'),
      ask('PUT', 'apps/STATUS/s1/status?value=UP&lastDirtyTimestamp=soon'),
      get('apps/STATUS/s1'),
      register('STATUS', 's2', { status: 'OUT_OF_SERVICE' }),
      register(
        'STATUS',
        's2',
        { status: 'UP', lastDirtyTimestamp: '2000' },
        'out of service by its own word: registering as UP does not end it',
      ),
      get('apps/STATUS/s2'),
      register('STATUS', 's2', { status: 'DOWN', lastDirtyTimestamp: '3000' }),
      register('STATUS', 's2', { status: 'UP', lastDirtyTimestamp: '4000' }, 'DOWN and UP again ends it'),
      get('apps/STATUS/s2'),
      ask('PUT', 'apps/STATUS/s2/status?value=OUT_OF_SERVICE'),
      register('STATUS', 's2', { status: 'DOWN', lastDirtyTimestamp: '5000' }, 'an override does not hide DOWN'),
      get('apps/STATUS/s2'),
      ask('PUT', 'apps/STATUS/s2?status=UP', 'a heartbeat does not end DOWN'),
      get('apps/STATUS/s2'),
    ],
  },
  {
    name: 'metadata',
    requests: [
      register('META', 'm1', { metadata: {} }),
      ask('PUT', 'apps/META/m1/metadata?version=2&colour=dark%20blue'),
      ...both('apps/META/m1'),
      ask('PUT', 'apps/META/m1/metadata?version=3&version=4&empty=', 'a repeated and an empty one'),
      get('apps/META/m1'),
      ask('PUT', 'apps/META/m1/metadata', 'none'),
      get('apps/META/m1'),
      { ...ask('PUT', 'apps/META/m1/metadata?body=no', 'with a body'), headers: JSON_TYPE, body: '{}' },
      get('apps/delta', JSON_ANSWER, 'ADDED, as after a registration'),
    ],
  },
  {
    name: 'vips',
    requests: [
      register('VIPS', 'v1', { vipAddress: 'shop', secureVipAddress: 'shop-secure' }),
      register('VIPS', 'v2', { vipAddress: 'shop,store', secureVipAddress: undefined, status: 'DOWN' }),
      register('OTHERS', 'v3', { vipAddress: 'store', secureVipAddress: 'shop-secure' }),
      ...both('vips/shop', 'in a list, whatever the status'),
      get('vips/store', JSON_ANSWER, 'of two applications'),
      get('vips/SHOP', JSON_ANSWER, 'case counts'),
      get('vips/shop,store', JSON_ANSWER),
      ...both('svips/shop-secure'),
      get('svips/shop'),
      get('instances/v3'),
      get('vips/shop', { accept: 'application/json', 'x-eureka-accept': 'compact' }),
      get('vips/', JSON_ANSWER, 'no address'),
      get('instances/', JSON_ANSWER),
    ],
  },
  {
    name: 'batch',
    requests: [
      batch([], 'an empty batch'),
      batch(
        [
          {
            appName: 'BATCH',
            id: 'b1',
            lastDirtyTimestamp: 1000,
            status: 'UP',
            instanceInfo: anInstance('BATCH', 'b1'),
            action: 'Register',
          },
        ],
        'Register',
      ),
      get('apps/BATCH/b1'),
      batch([{ appName: 'BATCH', id: 'b1', lastDirtyTimestamp: 1000, status: 'UP', action: 'Heartbeat' }], 'Heartbeat'),
      batch(
        [
          { appName: 'BATCH', id: 'b1', lastDirtyTimestamp: 999, status: 'UP', action: 'Heartbeat' },
          { appName: 'BATCH', id: 'b1', lastDirtyTimestamp: 1001, status: 'UP', action: 'Heartbeat' },
          { appName: 'BATCH', id: 'nobody', lastDirtyTimestamp: 1000, status: 'UP', action: 'Heartbeat' },
        ],
        'heartbeats that are older, newer and of nobody',
      ),
      batch(
        [
          { appName: 'BATCH', id: 'b1', lastDirtyTimestamp: '1000', status: 'OUT_OF_SERVICE', action: 'StatusUpdate' },
          { appName: 'BATCH', id: 'nobody', lastDirtyTimestamp: 1000, status: 'OUT_OF_SERVICE', action: 'StatusUpdate' },
        ],
        'StatusUpdate',
      ),
      get('apps/BATCH/b1'),
      batch([{ appName: 'BATCH', id: 'b1', lastDirtyTimestamp: 999, status: 'UP', action: 'Heartbeat' }], '409 with what is known'),
      batch(
        [{ appName: 'BATCH', id: 'b1', lastDirtyTimestamp: 1000, overriddenStatus: 'OUT_OF_SERVICE', status: 'UP', action: 'Heartbeat' }],
        'Heartbeat with an override',
      ),
      batch(
        [
          { appName: 'BATCH', id: 'b1', lastDirtyTimestamp: 1000, status: 'UP', action: 'DeleteStatusOverride' },
          { appName: 'BATCH', id: 'b1', status: 'UP', action: 'DeleteStatusOverride' },
          { appName: 'BATCH', id: 'nobody', lastDirtyTimestamp: 1000, action: 'DeleteStatusOverride' },
        ],
        'DeleteStatusOverride; the second without a timestamp',
      ),
      get('apps/BATCH/b1'),
      batch(
        [
          { appName: 'BATCH', id: 'b1', action: 'Cancel' },
          { appName: 'BATCH', id: 'b1', action: 'Cancel' },
        ],
        'Cancel, twice',
      ),
      batch(
        [
          {
            appName: 'BATCH',
            id: 'b2',
            lastDirtyTimestamp: 1000,
            status: 'UP',
            instanceInfo: anInstance('BATCH', 'b2', { hostName: undefined }),
            action: 'Register',
          },
          {
            appName: 'OTHER',
            id: 'b3',
            lastDirtyTimestamp: 1000,
            status: 'UP',
            instanceInfo: anInstance('BATCH', 'b3'),
            action: 'Register',
          },
          { appName: 'BATCH', id: 'b4', lastDirtyTimestamp: 1000, status: 'UP', action: 'Register' },
        ],
        'registrations that are none: without a host, of another application, without an instance',
      ),
      get('apps'),
      batch([{ appName: 'BATCH', id: 'b5', lastDirtyTimestamp: 1000, status: 'UP', action: 'Explode' }], 'no such action'),
      batch([{ appName: 'BATCH', id: 'b5', lastDirtyTimestamp: 1000, status: 'UP', unknown: 1, action: 'Heartbeat' }], 'an unknown member'),
      batch([{ appName: 'BATCH', id: 'b5', lastDirtyTimestamp: 1000, status: 'up', action: 'Heartbeat' }], 'a status in lower case'),
      batch('{', 'no JSON'),
      batch('{}', 'no list'),
      batch('{"replicationList":null}', 'null for a list'),
      batch([], 'XML is asked for', { ...JSON_TYPE, ...XML_ANSWER }),
      batch([], 'anything is asked for', { ...JSON_TYPE, accept: '*/*' }),
      batch('<replicationList/>', 'sent as XML', { ...XML_TYPE, ...JSON_ANSWER }),
      { ...batch([], 'without a slash at the end'), path: 'peerreplication/batch' },
      {
        ...register('BATCH', 'b6', {}, 'a registration by itself, from a peer'),
        headers: { ...JSON_TYPE, 'x-netflix-discovery-replication': 'true' },
      },
      { ...ask('DELETE', 'apps/BATCH/b6'), headers: { 'x-netflix-discovery-replication': 'true' } },
    ],
  },
  {
    name: 'server-status',
    requests: [register('STATUS', 's1'), get('status', XML_ANSWER, 'figures are left out'), get('status', {}), get('status', JSON_ANSWER)],
  },
  {
    name: 'errors',
    requests: [
      post('WRONG', '{', 'no JSON'),
      post('WRONG', '', 'no body'),
      post('WRONG', '[]'),
      post('WRONG', '{}'),
      post('WRONG', 'null'),
      post('WRONG', anInstance('WRONG', 'w'), 'no root'),
      register('WRONG', 'w', { instanceId: undefined, hostName: undefined }, 'neither id nor host'),
      register('WRONG', '', {}, 'an empty id: the host stands in'),
      get('apps/WRONG'),
      register('WRONG', 'w', { hostName: undefined }),
      register('WRONG', 'w', { hostName: ' ' }, 'a blank host'),
      register('WRONG', 'w', { ipAddr: undefined }),
      post('WRONG', { instance: withoutApp }, 'no application'),
      register('WRONG', 'w', { app: 'RIGHT' }),
      register('WRONG', 'w', { dataCenterInfo: undefined }),
      register('WRONG', 'w', { dataCenterInfo: { '@class': MARKER } }, 'a data centre without a name'),
      register('WRONG', 'w', { dataCenterInfo: { name: 'MyOwn' } }, 'a data centre without a class'),
      register('WRONG', 'w', { dataCenterInfo: { '@class': 'com.example.Nothing', name: 'MyOwn' } }, 'a data centre of an unknown class'),
      register('WRONG', 'w', { dataCenterInfo: { '@class': MARKER, name: 'myown' } }, 'a data centre in lower case'),
      register(
        'WRONG',
        'w',
        { dataCenterInfo: { '@class': MARKER, name: 'MyOwn', metadata: {} } },
        'a data centre of our own with metadata',
      ),
      register('WRONG', 'w', { port: 8080 }, 'a bare port'),
      register('WRONG', 'w', { port: { $: 8080, '@enabled': 'true', more: 1 } }, 'an unknown member in a port'),
      register('WRONG', 'w', { port: { $: 'eighty', '@enabled': 'true' } }, 'a port that is no number'),
      register('WRONG', 'w', { metadata: { nested: { a: 1 } } }, 'metadata that is not text'),
      register('WRONG', 'w', { lastDirtyTimestamp: 'soon' }, 'a timestamp that is none'),
      register('WRONG', 'w', { countryId: 'one' }, 'a country that is no number'),
      { ...register('WRONG', 'w', {}, 'JSON called text'), headers: { 'content-type': 'text/plain' } },
      { ...register('WRONG', 'w', {}, 'JSON called XML'), headers: XML_TYPE },
      { ...register('WRONG', 'w', {}, 'JSON of another type'), headers: { 'content-type': 'application/vnd.example+json' } },
      { ...register('WRONG', 'w', {}, 'another charset'), headers: { 'content-type': 'application/json;charset=UTF-16' } },
      { ...post('WRONG', '{', 'no JSON, XML is asked for'), headers: { ...JSON_TYPE, ...XML_ANSWER } },
      { ...post('WRONG', '{', 'no JSON, JSON is asked for'), headers: { ...JSON_TYPE, ...JSON_ANSWER } },
      { ...register('WRONG', 'w', { app: 'RIGHT' }, 'a refusal, JSON is asked for'), headers: { ...JSON_TYPE, ...JSON_ANSWER } },
      ask('POST', 'apps', 'not in the protocol'),
      ask('DELETE', 'apps'),
      ask('PUT', 'apps/WRONG'),
      ask('DELETE', 'apps/WRONG'),
      ask('PATCH', 'apps/WRONG/w'),
      ask('GET', 'nothing'),
      ask('GET', ''),
      ask('GET', 'peerreplication/batch'),
      ask('GET', 'apps/WRONG/w/status'),
      ask('PUT', 'asg/group/status?value=ENABLED', 'only on AWS'),
      get('serverinfo/statusoverrides'),
    ],
  },
]
