// Checks template.yaml: first with AWS's own offline validator (syntax, references, CloudFormation's resource schemas),
// which does not know the properties of AWS::Serverless resources; then against the promises that the Terraform tests
// hold ../terraform to, so that the two stacks cannot drift apart where it matters. Exits with 1 if anything is wrong.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import cloudFormation from '@aws/cloudformation-validate';

const path = process.argv[2] ?? fileURLToPath(new URL('template.yaml', import.meta.url));
const template = new cloudFormation.TemplateFile(path);
let failures = 0;

const fail = (message) => {
  failures++;
  console.error(`FAIL  ${message}`);
};

// --- AWS's validator ---

const engine = new cloudFormation.RegoEngine();
const report = engine.validateStandard(template, {
  severityLevel: 'WARN',
  // The validator does not see that the empty default is used under no condition that is true.
  parameterOverrides: { AlarmTopicArn: 'arn:aws:sns:us-east-1:123456789012:on-call' },
});
engine.free();
if (report.status !== 'OK') fail(`the validator ended with ${report.status}`);
for (const finding of report.diagnostics) {
  const place = `${finding.entity?.logicalId ?? path}, line ${finding.startLine ?? '?'}`;
  fail(`${finding.severity} ${finding.ruleId} (${place}): ${finding.message}`);
}

// --- Our own promises ---

// The validator's tagged values as plain ones. References become `Name` or `Name.Attribute`, and a !Sub its text.
const plain = (value) => {
  if (value === undefined || value === null) return undefined;
  const [kind, content] = Object.entries(value)[0];
  switch (kind) {
    case 'Concrete':
      return content.value;
    case 'List':
      return content.items.map(plain);
    case 'Map':
      return Object.fromEntries(content.entries.map((entry) => [entry.key, plain(entry.value)]));
    case 'Reference':
      return content.kind.GET_ATT ? `${content.target}.${content.kind.GET_ATT.attr}` : content.target;
    case 'Dynamic':
    case 'TypedDynamic':
      return content.reason;
    case 'Enum':
      return { oneOf: content.variants.map(plain) };
    case 'Conditional':
      return { condition: content.condition, yes: plain(content.if_true), no: plain(content.if_false) };
    default:
      throw new Error(`the validator resolved a value to an unknown kind: ${kind}`);
  }
};

const model = new cloudFormation.TemplateModel(template);
const resources = model.resources();
const outputs = Object.keys(model.outputs());
const resource = (name) => {
  assert.ok(resources[name], `there is no resource ${name}`);
  return Object.fromEntries(Object.entries(resources[name].properties).map(([key, value]) => [key, plain(value)]));
};
const ofType = (type) => Object.keys(resources).filter((name) => resources[name].resourceType === type);

const promises = {
  'the data stays when the stack goes': () => {
    const data = [...ofType('AWS::S3::Bucket'), ...ofType('AWS::DynamoDB::Table'), ...ofType('AWS::S3::BucketPolicy')];
    assert.deepEqual(data.sort(), ['DatabaseBucket', 'DatabaseBucketPolicy', 'LockTable']);
    for (const name of data) {
      assert.equal(plain(resources[name].deletionPolicy), 'Retain', name);
      assert.equal(plain(resources[name].updateReplacePolicy), 'Retain', name);
    }
  },

  'the bucket is versioned, encrypted and private': () => {
    const bucket = resource('DatabaseBucket');
    assert.equal(bucket.VersioningConfiguration.Status, 'Enabled');
    const [rule, ...others] = bucket.BucketEncryption.ServerSideEncryptionConfiguration;
    assert.deepEqual(others, []);
    assert.equal(rule.ServerSideEncryptionByDefault.SSEAlgorithm, 'AES256');
    assert.deepEqual(bucket.OwnershipControls.Rules, [{ ObjectOwnership: 'BucketOwnerEnforced' }]);
    assert.deepEqual(bucket.PublicAccessBlockConfiguration, {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
  },

  'current objects never expire': () => {
    const [rule, ...others] = resource('DatabaseBucket').LifecycleConfiguration.Rules;
    assert.deepEqual(others, []);
    const known = ['AbortIncompleteMultipartUpload', 'ExpiredObjectDeleteMarker', 'Id', 'NoncurrentVersionExpiration', 'Status'];
    assert.deepEqual(Object.keys(rule).sort(), known);
    assert.equal(rule.Status, 'Enabled');
    assert.equal(rule.ExpiredObjectDeleteMarker, true);
    assert.equal(rule.AbortIncompleteMultipartUpload.DaysAfterInitiation, 1);
  },

  'the bucket policy only denies: plain HTTP and old TLS': () => {
    const policy = resource('DatabaseBucketPolicy');
    assert.equal(policy.Bucket, 'DatabaseBucket');
    const everything = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: ['DatabaseBucket.Arn', 'Sub:${DatabaseBucket.Arn}/*'] };
    assert.deepEqual(policy.PolicyDocument.Statement, [
      { Sid: 'DenyPlainHttp', ...everything, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      { Sid: 'DenyOldTls', ...everything, Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } } },
    ]);
  },

  'the lock table is that of the first CloudSQLite, protected': () => {
    const table = resource('LockTable');
    assert.equal(table.BillingMode, 'PAY_PER_REQUEST');
    assert.equal(table.DeletionProtectionEnabled, true);
    assert.deepEqual(table.AttributeDefinitions, [{ AttributeName: 'database_name', AttributeType: 'S' }]);
    assert.deepEqual(table.KeySchema, [{ AttributeName: 'database_name', KeyType: 'HASH' }]);
    assert.deepEqual(table.TimeToLiveSpecification, { AttributeName: 'lease_timeout', Enabled: true });
    assert.equal(table.SSESpecification.SSEEnabled, true);
    assert.equal(table.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled, true);
  },

  'the function has exactly the rights it needs, none with a wildcard': () => {
    assert.deepEqual(ofType('AWS::IAM::Role'), ['FunctionRole']);
    assert.deepEqual(ofType('AWS::IAM::Policy').concat(ofType('AWS::IAM::ManagedPolicy')), []);
    const role = resource('FunctionRole');
    assert.equal(role.ManagedPolicyArns, undefined);
    assert.deepEqual(role.AssumeRolePolicyDocument.Statement, [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]);
    const rights = role.Policies.flatMap((policy) => policy.PolicyDocument.Statement).flatMap((statement) => {
      assert.deepEqual(Object.keys(statement).sort(), ['Action', 'Effect', 'Resource', 'Sid']);
      return [statement.Action].flat().flatMap((action) =>
        [statement.Resource].flat().map((on) => `${statement.Effect} ${action} ${on}`));
    });
    assert.deepEqual(rights.sort(), [
      'Allow dynamodb:DeleteItem LockTable.Arn',
      'Allow dynamodb:GetItem LockTable.Arn',
      'Allow dynamodb:PutItem LockTable.Arn',
      'Allow logs:CreateLogStream FunctionLogGroup.Arn',
      'Allow logs:PutLogEvents FunctionLogGroup.Arn',
      'Allow s3:AbortMultipartUpload Sub:${DatabaseBucket.Arn}/*',
      'Allow s3:DeleteObject Sub:${DatabaseBucket.Arn}/*',
      'Allow s3:GetObject Sub:${DatabaseBucket.Arn}/*',
      'Allow s3:ListBucket DatabaseBucket.Arn',
      'Allow s3:PutObject Sub:${DatabaseBucket.Arn}/*',
    ]);
  },

  'no route is open': () => {
    const apis = ['AWS::Serverless::HttpApi', 'AWS::Serverless::Api', 'AWS::ApiGatewayV2::Api', 'AWS::ApiGateway::RestApi'];
    assert.deepEqual(apis.flatMap(ofType), ['Api']);
    assert.deepEqual(resource('Api').Auth, { EnableIamAuthorizer: true, DefaultAuthorizer: 'AWS_IAM' });
    assert.equal(resource('Api').CorsConfiguration, undefined);
    assert.deepEqual(ofType('AWS::Lambda::Url').concat(ofType('AWS::Lambda::Permission')), []);
    assert.equal(resource('Function').FunctionUrlConfig, undefined);
    const { Maintenance: schedule, ...events } = resource('Function').Events;
    assert.equal(schedule.Type, 'Schedule');
    const routes = Object.values(events).map((event) => {
      assert.equal(event.Type, 'HttpApi');
      assert.equal(event.Properties.ApiId, 'Api');
      assert.equal(event.Properties.Auth, undefined, 'an event with Auth of its own leaves the default');
      return `${event.Properties.Method} ${event.Properties.Path}`;
    });
    assert.deepEqual(routes.sort(), ['ANY /', 'ANY /{proxy+}']);
  },

  'the schedule asks for maintenance, hourly unless told otherwise': () => {
    assert.deepEqual(ofType('AWS::Events::Rule').concat(ofType('AWS::Scheduler::Schedule')), []);
    const { Schedule, State, Input, RetryPolicy } = resource('Function').Events.Maintenance.Properties;
    assert.equal(Schedule, 'rate(1 hour)');
    assert.equal(State, 'ENABLED');
    assert.deepEqual(JSON.parse(Input), { cloudsqlite: 'maintain' });
    assert.equal(RetryPolicy.MaximumRetryAttempts, 0);
  },

  'the API is throttled and logged': () => {
    const { DefaultRouteSettings: limits, AccessLogSettings: log, RouteSettings: own } = resource('Api');
    assert.deepEqual(limits, { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 });
    assert.equal(own, undefined);
    assert.equal(log.DestinationArn, 'ApiLogGroup.Arn');
    assert.equal(JSON.parse(log.Format).requestId, '$context.requestId');
  },

  'the function is the one that Terraform deploys': () => {
    const { Role, CodeUri, Handler, Runtime, Architectures, Timeout, EphemeralStorage, Environment, Policies } = resource('Function');
    const { SnapStart, AutoPublishAlias, AutoPublishAliasAllProperties, LoggingConfig, Events } = resource('Function');
    assert.equal(Role, 'FunctionRole.Arn');
    assert.equal(Policies, undefined);
    assert.equal(CodeUri, '../../cloudsqlite-lambda/target/cloudsqlite-lambda.jar');
    assert.equal(Handler, 'io.cloudsqlite.lambda.ApiGatewayHandler');
    assert.equal(Runtime, 'java25');
    assert.deepEqual(Architectures, ['arm64']);
    assert.equal(Timeout, 29);
    assert.deepEqual(EphemeralStorage, { Size: 512 });
    assert.deepEqual(SnapStart, { ApplyOn: 'PublishedVersions' });
    assert.equal(AutoPublishAlias, 'live');
    assert.equal(AutoPublishAliasAllProperties, true);
    const { CLOUDSQLITE_FORMAT: format, ...variables } = Environment.Variables;
    assert.deepEqual(variables, { S3_BUCKET_NAME: 'DatabaseBucket', DYNAMODB_TABLE_NAME: 'LockTable' });
    assert.deepEqual(format, { oneOf: ['log', 'file'] });
    assert.deepEqual(LoggingConfig, {
      LogFormat: 'JSON',
      LogGroup: 'FunctionLogGroup',
      ApplicationLogLevel: { oneOf: ['TRACE', 'DEBUG', 'INFO'] },
      SystemLogLevel: 'INFO',
    });
    for (const event of Object.values(Events).filter(({ Type }) => Type === 'HttpApi')) {
      assert.equal(event.Properties.PayloadFormatVersion, '2.0');
      assert.ok(event.Properties.TimeoutInMillis > Timeout * 1000);
    }
  },

  'logs are not kept forever': () => {
    for (const name of ofType('AWS::Logs::LogGroup')) {
      const days = resource(name).RetentionInDays.oneOf;
      assert.ok(days.length > 0 && days.every((each) => each > 0), name);
    }
  },

  'the alarms watch what they say': () => {
    const watched = ofType('AWS::CloudWatch::Alarm').map((name) => {
      const alarm = resource(name);
      assert.equal(alarm.TreatMissingData, 'notBreaching', name);
      assert.deepEqual(alarm.AlarmActions, alarm.OKActions, name);
      assert.equal(alarm.AlarmActions.condition, 'HasAlarmTopic', name);
      const dimensions = alarm.Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(',');
      const statistic = alarm.Statistic ?? alarm.ExtendedStatistic;
      return `${alarm.Namespace} ${alarm.MetricName} ${dimensions} ${statistic} ${alarm.ComparisonOperator} ${alarm.Threshold}`;
    });
    assert.deepEqual(watched.sort(), [
      'AWS/ApiGateway 5xx ApiId=Api,Stage=$default Sum GreaterThanThreshold 0',
      'AWS/Lambda Duration FunctionName=cloudsqlite-lambda,Resource=cloudsqlite-lambda:live p99 GreaterThanThreshold 5000',
      'AWS/Lambda Errors FunctionName=cloudsqlite-lambda,Resource=cloudsqlite-lambda:live Sum GreaterThanThreshold 0',
      'AWS/Lambda Throttles FunctionName=cloudsqlite-lambda,Resource=cloudsqlite-lambda:live Sum GreaterThanThreshold 0',
      'CloudSQLite LockWait FunctionName=cloudsqlite-lambda p99 GreaterThanThreshold 2000',
    ]);
  },

  'the dashboard is JSON': () => {
    const body = String(resource('Dashboard').DashboardBody).replace(/^Sub:/, '');
    assert.equal(JSON.parse(body).widgets.length, 6);
  },

  'the outputs are there': () => {
    assert.deepEqual(outputs.sort(), ['ApiGatewayUrl', 'ApiInvokeArn', 'DynamoDbTableName', 'LambdaFunctionArn', 'S3BucketName']);
  },
};

for (const [promise, hold] of Object.entries(promises)) {
  try {
    hold();
    console.log(`ok    ${promise}`);
  } catch (error) {
    fail(`${promise}: ${error.message}`);
  }
}
model.free();
console.log(`${Object.keys(promises).length} promises checked, ${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;
