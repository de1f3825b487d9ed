# The door: closed by default, opened only on purpose, never without a limit.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  lambda_jar_path = "versions.tf"
}

run "no_open_route_by_default" {
  command = plan

  assert {
    condition     = alltrue([for route in aws_apigatewayv2_route.all : route.authorization_type == "AWS_IAM"])
    error_message = "Every route must ask for a signature."
  }

  assert {
    condition     = toset([for route in aws_apigatewayv2_route.all : route.route_key]) == toset(["ANY /", "ANY /{proxy+}"])
    error_message = "The two routes must stand for every request."
  }

  assert {
    condition     = aws_apigatewayv2_api.cloudsqlite.route_key == null && aws_apigatewayv2_api.cloudsqlite.target == null
    error_message = "Quick create (route_key, target) makes a route that is open."
  }

  assert {
    condition     = length(aws_apigatewayv2_authorizer.jwt) == 0
    error_message = "AWS_IAM needs no authorizer."
  }
}

run "jwt" {
  command = plan

  variables {
    authorization_type = "JWT"
    jwt_issuer         = "https://issuer.example/"
    jwt_audience       = ["cloudsqlite"]
  }

  assert {
    condition = alltrue([
      for route in aws_apigatewayv2_route.all : route.authorization_type == "JWT" && route.authorizer_id == "authorizer"
    ])
    error_message = "Every route must ask for a token."
  }

  assert {
    condition = (
      aws_apigatewayv2_authorizer.jwt[0].authorizer_type == "JWT" &&
      toset(aws_apigatewayv2_authorizer.jwt[0].identity_sources) == toset(["$request.header.Authorization"]) &&
      aws_apigatewayv2_authorizer.jwt[0].jwt_configuration[0].issuer == "https://issuer.example/" &&
      toset(aws_apigatewayv2_authorizer.jwt[0].jwt_configuration[0].audience) == toset(["cloudsqlite"])
    )
    error_message = "The authorizer must check issuer and audience of the token in the header Authorization."
  }
}

run "open_with_both_flags" {
  command = plan

  variables {
    authorization_type           = "NONE"
    allow_unauthenticated_access = true
  }

  assert {
    condition     = alltrue([for route in aws_apigatewayv2_route.all : route.authorization_type == "NONE"])
    error_message = "Who asks twice for an open API must get one."
  }
}

run "calls_the_alias" {
  command = plan

  assert {
    condition     = aws_apigatewayv2_integration.lambda.integration_uri == "arn:aws:apigateway:us-east-1:lambda:path/function-alias-live/invocations"
    error_message = "The API must call the alias: without it there is no SnapStart."
  }

  assert {
    condition     = aws_apigatewayv2_integration.lambda.payload_format_version == "2.0" && aws_apigatewayv2_integration.lambda.integration_type == "AWS_PROXY"
    error_message = "The function gets requests in payload format 2.0."
  }

  assert {
    condition     = aws_apigatewayv2_integration.lambda.timeout_milliseconds > aws_lambda_function.cloudsqlite.timeout * 1000
    error_message = "The gateway must wait longer than the function runs, or callers never learn how a commit ended."
  }
}

run "stage" {
  command = plan

  variables {
    throttling_rate_limit  = 11
    throttling_burst_limit = 22
  }

  assert {
    condition = (
      aws_apigatewayv2_stage.default.default_route_settings[0].throttling_rate_limit == 11 &&
      aws_apigatewayv2_stage.default.default_route_settings[0].throttling_burst_limit == 22
    )
    error_message = "The stage must be throttled as was asked."
  }

  assert {
    condition     = length(aws_apigatewayv2_stage.default.route_settings) == 0
    error_message = "No route may have limits of its own, which would replace the stage's."
  }

  assert {
    condition     = aws_apigatewayv2_stage.default.name == "$default" && aws_apigatewayv2_stage.default.auto_deploy
    error_message = "The stage must be the one without a path of its own, and follow each change."
  }

  assert {
    condition = alltrue([
      for member in ["requestId", "sourceIp", "caller", "httpMethod", "path", "status", "integrationError"] :
      contains(keys(jsondecode(aws_apigatewayv2_stage.default.access_log_settings[0].format)), member)
    ])
    error_message = "The access log must tell who called what and how it went."
  }

  assert {
    condition     = aws_apigatewayv2_stage.default.access_log_settings[0].destination_arn == "arn:aws:logs:us-east-1:123456789012:log-group:function"
    error_message = "The access log must go to a log group."
  }
}

run "outputs_of_the_first_project" {
  command = plan

  assert {
    condition = (
      output.api_gateway_url == "https://abcdef1234.execute-api.us-east-1.amazonaws.com" &&
      output.s3_bucket_name == "databases" &&
      output.dynamodb_table_name == "CloudSQLite-Locks" &&
      output.lambda_function_arn == "arn:aws:lambda:us-east-1:123456789012:function:function"
    )
    error_message = "Scripts rely on these outputs."
  }

  assert {
    condition     = output.api_invoke_arn == "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/*"
    error_message = "Callers' policies rely on this output."
  }
}
