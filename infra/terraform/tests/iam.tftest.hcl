# The function's rights: what it needs, on what it needs, and no more.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  lambda_jar_path = "versions.tf"
}

run "no_wildcards" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for statement in jsondecode(aws_iam_role_policy.lambda.policy).Statement : [
        for action in flatten([statement.Action]) : !strcontains(action, "*") && !strcontains(action, "?")
      ]
    ]))
    error_message = "No action may have a wildcard."
  }

  assert {
    # Objects in the bucket and streams in the log group have names nobody knows yet; everything before those is spelt out.
    condition = alltrue(flatten([
      for statement in jsondecode(aws_iam_role_policy.lambda.policy).Statement : [
        for resource in flatten([statement.Resource]) :
        !strcontains(trimsuffix(trimsuffix(resource, "databases/*"), "log-group:function:*"), "*")
      ]
    ]))
    error_message = "No resource may have a wildcard, but for the objects of the bucket and the streams of the log group."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.lambda.policy).Statement :
      length(setintersection(keys(statement), ["NotAction", "NotResource"])) == 0
    ])
    error_message = "'Everything but' is a wildcard too."
  }
}

run "exactly_these_rights" {
  command = plan

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.lambda.policy).Statement : [
        for pair in setproduct(flatten([statement.Action]), flatten([statement.Resource])) :
        "${statement.Effect} ${pair[0]} ${pair[1]}"
      ]
      ])) == toset([
      "Allow s3:GetObject arn:aws:s3:::databases/*",
      "Allow s3:PutObject arn:aws:s3:::databases/*",
      "Allow s3:DeleteObject arn:aws:s3:::databases/*",
      "Allow s3:AbortMultipartUpload arn:aws:s3:::databases/*",
      "Allow s3:ListBucket arn:aws:s3:::databases",
      "Allow dynamodb:GetItem arn:aws:dynamodb:us-east-1:123456789012:table/locks",
      "Allow dynamodb:PutItem arn:aws:dynamodb:us-east-1:123456789012:table/locks",
      "Allow dynamodb:DeleteItem arn:aws:dynamodb:us-east-1:123456789012:table/locks",
      "Allow logs:CreateLogStream arn:aws:logs:us-east-1:123456789012:log-group:function:*",
      "Allow logs:PutLogEvents arn:aws:logs:us-east-1:123456789012:log-group:function:*",
    ])
    error_message = "The function's rights changed: is each of them needed? Then change this list and ../README.md."
  }

  assert {
    condition     = aws_iam_role_policy.lambda.role == "role"
    error_message = "The rights must be those of the function's role."
  }

  assert {
    condition = jsondecode(aws_iam_role.lambda.assume_role_policy).Statement == [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
    error_message = "Only Lambda may take the role."
  }

  assert {
    condition     = aws_lambda_function.cloudsqlite.role == "arn:aws:iam::123456789012:role/role"
    error_message = "The function must run with this role."
  }
}

# Besides the schedule, which has its own test.
run "only_this_api_may_invoke" {
  command = plan

  assert {
    condition = (
      aws_lambda_permission.api.principal == "apigateway.amazonaws.com" &&
      aws_lambda_permission.api.action == "lambda:InvokeFunction" &&
      aws_lambda_permission.api.source_arn == "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/$default/*"
    )
    error_message = "Of all APIs, the function must be open to its own stage only."
  }

  assert {
    condition     = aws_lambda_permission.api.qualifier == "live" && aws_lambda_permission.api.function_name == "cloudsqlite-lambda"
    error_message = "The permission must be that of the alias."
  }
}
