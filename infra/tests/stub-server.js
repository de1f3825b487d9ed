// Stands in for a deployed CloudSQLite, so that smoke-test.sh can be tested: it gives the answers that the calls of
// smoke-test.sh should get, and with a secret it checks signatures (SigV4) as API Gateway does.
// usage: node stub-server.js [KEY SECRET REGION]; prints its port.
import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';

const [key, secret, region] = process.argv.slice(2);
const broken = process.env.STUB_BROKEN ?? '';
let deleted = false;

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (secretKey, text) => createHmac('sha256', secretKey).update(text).digest();

const isSigned = (request, body) => {
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(request.headers.authorization ?? '');
  if (!parts) return false;
  const [, credential, signedHeaders, signature] = parts;
  const time = request.headers['x-amz-date'];
  const scope = `${time.slice(0, 8)}/${region}/execute-api/aws4_request`;
  if (credential !== `${key}/${scope}` || !signedHeaders.split(';').includes('host')) return false;
  const headers = signedHeaders.split(';').map((name) => `${name}:${request.headers[name].trim()}\n`).join('');
  const canonical = [request.method, request.url, '', headers, signedHeaders, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const signingKey = scope.split('/').reduce((secretKey, part) => hmac(secretKey, part), `AWS4${secret}`);
  return createHmac('sha256', signingKey).update(toSign).digest('hex') === signature;
};

const rows = (row) => [200, { success: true, data: [row], message: 'Query executed successfully, returned 1 rows' }];
const affected = (count) => [200, { success: true, message: `Query executed successfully, ${count} rows affected` }];

const answer = (method, url, body) => {
  if (broken !== '' && body.includes(broken)) return [500, { success: false, error: 'broken', code: 'INTERNAL' }];
  if (method === 'GET' && url === '/health') return [200, { status: 'ok', version: 'stub' }];
  if (method === 'DELETE' && url.startsWith('/databases/smoke-test-')) {
    deleted = true;
    return [200, { success: true }];
  }
  if (method !== 'POST' || url !== '/sql') return [404, { success: false, error: 'no such path', code: 'NOT_FOUND' }];
  const { database_name: database = 'database.db', sql_statement: sql, statements } = JSON.parse(body);
  if (database.includes('/')) return [400, { success: false, error: 'bad name', code: 'INVALID_REQUEST' }];
  if (statements) return [400, { success: false, error: 'no such table', code: 'SQL_ERROR' }];
  if (deleted) return [404, { success: false, error: 'no such database', code: 'DATABASE_NOT_FOUND' }];
  if (sql.startsWith('SELECT 1')) return rows({ test: 1 });
  if (sql.startsWith('SELECT * FROM test')) return rows({ id: 1, name: 'Hello World' });
  if (sql.startsWith('SELECT name')) return rows({ name: 'Alice Updated' });
  if (sql.startsWith('SELECT count')) return rows({ n: 3 });
  return affected(sql.includes('Charlie') ? 3 : sql.startsWith('CREATE') ? 0 : 1);
};

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    const [status, json] = !key || isSigned(request, body)
      ? answer(request.method, request.url, body)
      : [403, { message: 'Forbidden' }];
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
setTimeout(() => process.exit(0), 120_000).unref();
