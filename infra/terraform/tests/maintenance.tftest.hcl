# The schedule: it may invoke the alias and do nothing else, and an empty string takes all of it away.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  lambda_jar_path = "versions.tf"
}

run "hourly_by_default" {
  command = plan

  assert {
    condition = (
      aws_cloudwatch_event_rule.maintenance[0].schedule_expression == "rate(1 hour)" &&
      aws_cloudwatch_event_rule.maintenance[0].name == "cloudsqlite-lambda-maintenance" &&
      aws_cloudwatch_event_rule.maintenance[0].event_pattern == null
    )
    error_message = "Databases must be maintained every hour unless told otherwise."
  }

  assert {
    condition = (
      aws_cloudwatch_event_target.maintenance[0].rule == "cloudsqlite-lambda-maintenance" &&
      aws_cloudwatch_event_target.maintenance[0].arn == "arn:aws:lambda:us-east-1:123456789012:function:function:live" &&
      jsondecode(aws_cloudwatch_event_target.maintenance[0].input) == { cloudsqlite = "maintain" }
    )
    error_message = "The schedule must call the alias, with the input that the function takes for maintenance."
  }

  assert {
    condition     = aws_cloudwatch_event_target.maintenance[0].retry_policy[0].maximum_retry_attempts == 0
    error_message = "A run that failed must not be repeated on top of the next."
  }

  assert {
    condition = (
      aws_lambda_permission.maintenance[0].principal == "events.amazonaws.com" &&
      aws_lambda_permission.maintenance[0].action == "lambda:InvokeFunction" &&
      aws_lambda_permission.maintenance[0].source_arn == "arn:aws:events:us-east-1:123456789012:rule/maintenance"
    )
    error_message = "EventBridge must be let in for this rule and for nothing else."
  }

  assert {
    condition = (
      aws_lambda_permission.maintenance[0].qualifier == "live" &&
      aws_lambda_permission.maintenance[0].function_name == "cloudsqlite-lambda"
    )
    error_message = "The permission must be that of the alias."
  }
}

run "at_night" {
  command = plan

  variables {
    maintenance_schedule = "cron(0 3 * * ? *)"
    storage_format       = "file"
  }

  assert {
    condition     = aws_cloudwatch_event_rule.maintenance[0].schedule_expression == "cron(0 3 * * ? *)"
    error_message = "The schedule must be the one that was asked for."
  }

  assert {
    condition     = aws_lambda_function.cloudsqlite.environment[0].variables["CLOUDSQLITE_FORMAT"] == "file"
    error_message = "The format of new databases must be the one that was asked for."
  }
}

run "never" {
  command = plan

  variables {
    maintenance_schedule = ""
  }

  assert {
    condition = (
      length(aws_cloudwatch_event_rule.maintenance) == 0 &&
      length(aws_cloudwatch_event_target.maintenance) == 0 &&
      length(aws_lambda_permission.maintenance) == 0
    )
    error_message = "Without a schedule there must be no rule, and nobody but the API may invoke the function."
  }
}
