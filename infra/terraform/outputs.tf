# The first four have the names that the first CloudSQLite gave them.

output "api_gateway_url" {
  description = "The API's address; SQL goes to this with /sql behind it."
  value       = aws_apigatewayv2_api.cloudsqlite.api_endpoint
}

output "s3_bucket_name" {
  description = "The bucket that holds the databases."
  value       = aws_s3_bucket.databases.id
}

output "dynamodb_table_name" {
  description = "The table that holds the locks."
  value       = aws_dynamodb_table.locks.name
}

output "lambda_function_arn" {
  description = "The function."
  value       = aws_lambda_function.cloudsqlite.arn
}

output "aws_region" {
  description = "The region that requests are signed for."
  value       = var.aws_region
}

output "authorization_type" {
  description = "How callers show who they are: AWS_IAM, JWT or NONE."
  value       = var.authorization_type
}

output "api_invoke_arn" {
  description = "With AWS_IAM: the resource for which a caller's policy must allow execute-api:Invoke."
  value       = "${aws_apigatewayv2_api.cloudsqlite.execution_arn}/*"
}

output "lambda_log_group_name" {
  description = "Where the function's log lines are."
  value       = aws_cloudwatch_log_group.lambda.name
}
