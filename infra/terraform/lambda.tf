locals {
  lambda_alias = "live"
}

resource "aws_iam_role" "lambda" {
  name        = "${var.lambda_function_name}-role"
  description = "What the CloudSQLite function ${var.lambda_function_name} may do."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "lambda" {
  name = "cloudsqlite"
  role = aws_iam_role.lambda.id

  # ../README.md says what each action is for.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Objects"
        Effect = "Allow"
        # A conditional put needs GetObject as well as PutObject.
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = "${aws_s3_bucket.databases.arn}/*"
      },
      {
        Sid    = "Bucket"
        Effect = "Allow"
        # Without it S3 answers 403 for a key that does not exist, and 'no such database' looks like 'not allowed'.
        Action   = "s3:ListBucket"
        Resource = aws_s3_bucket.databases.arn
      },
      {
        Sid      = "Locks"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
        Resource = aws_dynamodb_table.locks.arn
      },
      {
        Sid    = "Logs"
        Effect = "Allow"
        # Not CreateLogGroup: Terraform makes the group, with its retention, and Lambda must not make one without.
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.lambda.arn}:*"
      },
    ]
  })
}

resource "aws_lambda_function" "cloudsqlite" {
  function_name = var.lambda_function_name
  description   = "CloudSQLite: SQLite databases in S3, over HTTP."
  role          = aws_iam_role.lambda.arn

  filename         = var.lambda_jar_path
  source_code_hash = filebase64sha256(var.lambda_jar_path)
  handler          = "io.cloudsqlite.lambda.ApiGatewayHandler"
  runtime          = "java25"
  architectures    = ["arm64"]

  memory_size                    = var.lambda_memory_mb
  reserved_concurrent_executions = var.lambda_reserved_concurrency
  # One second below the 30 that API Gateway waits, so that a caller gets the function's answer and not the gateway's.
  timeout = 29

  # SnapStart works on published versions only, so every change is published and the alias follows.
  publish = true

  snap_start {
    apply_on = var.snap_start ? "PublishedVersions" : "None"
  }

  ephemeral_storage {
    size = var.lambda_ephemeral_storage_mb
  }

  environment {
    variables = {
      S3_BUCKET_NAME      = aws_s3_bucket.databases.id
      DYNAMODB_TABLE_NAME = aws_dynamodb_table.locks.name
      CLOUDSQLITE_FORMAT  = var.storage_format
    }
  }

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.lambda.name
    application_log_level = var.application_log_level
    system_log_level      = "INFO"
  }

  # Publishing a version starts the function: its rights must be there by then.
  depends_on = [aws_iam_role_policy.lambda]
}

resource "aws_lambda_alias" "live" {
  name             = local.lambda_alias
  description      = "The version that the API calls."
  function_name    = aws_lambda_function.cloudsqlite.function_name
  function_version = aws_lambda_function.cloudsqlite.version
}

resource "aws_lambda_permission" "api" {
  statement_id  = "AllowHttpApi"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.cloudsqlite.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.cloudsqlite.execution_arn}/${aws_apigatewayv2_stage.default.name}/*"
}
