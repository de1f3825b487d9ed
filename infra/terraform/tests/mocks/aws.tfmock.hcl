# What AWS would answer, so far as policies and addresses are put together from it. Known at plan time already
# (override_during), so that the tests need no apply.
mock_data "aws_caller_identity" {
  defaults = {
    account_id = "123456789012"
  }
  override_during = plan
}

mock_resource "aws_s3_bucket" {
  defaults = {
    id  = "databases"
    arn = "arn:aws:s3:::databases"
  }
  override_during = plan
}

mock_resource "aws_dynamodb_table" {
  defaults = {
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/locks"
  }
  override_during = plan
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = {
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:function"
  }
  override_during = plan
}

mock_resource "aws_iam_role" {
  defaults = {
    id  = "role"
    arn = "arn:aws:iam::123456789012:role/role"
  }
  override_during = plan
}

mock_resource "aws_lambda_function" {
  defaults = {
    arn        = "arn:aws:lambda:us-east-1:123456789012:function:function"
    invoke_arn = "arn:aws:apigateway:us-east-1:lambda:path/function-without-alias/invocations"
    version    = "7"
  }
  override_during = plan
}

mock_resource "aws_lambda_alias" {
  defaults = {
    arn        = "arn:aws:lambda:us-east-1:123456789012:function:function:live"
    invoke_arn = "arn:aws:apigateway:us-east-1:lambda:path/function-alias-live/invocations"
  }
  override_during = plan
}

mock_resource "aws_cloudwatch_event_rule" {
  defaults = {
    arn = "arn:aws:events:us-east-1:123456789012:rule/maintenance"
  }
  override_during = plan
}

mock_resource "aws_apigatewayv2_api" {
  defaults = {
    id            = "abcdef1234"
    api_endpoint  = "https://abcdef1234.execute-api.us-east-1.amazonaws.com"
    execution_arn = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234"
  }
  override_during = plan
}

mock_resource "aws_apigatewayv2_authorizer" {
  defaults = {
    id = "authorizer"
  }
  override_during = plan
}

mock_resource "aws_apigatewayv2_integration" {
  defaults = {
    id = "integration"
  }
  override_during = plan
}

# Makes 'not set' a known 0 here, so that a test can tell it from a number of days.
mock_resource "aws_s3_bucket_lifecycle_configuration" {
  defaults        = {}
  override_during = plan
}
