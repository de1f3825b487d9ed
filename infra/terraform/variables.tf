# --- Names: those of the first CloudSQLite, so that its tfvars files still fit. ---

variable "aws_region" {
  description = "The region that everything is made in."
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.aws_region))
    error_message = "aws_region must look like us-east-1."
  }
}

variable "project_name" {
  description = "The value of the tag Project on every resource."
  type        = string
  default     = "cloudsqlite"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$", var.project_name))
    error_message = "project_name must be 1 to 64 letters, digits, spaces, '_', '.' or '-', beginning with a letter or digit."
  }
}

variable "environment" {
  description = "The value of the tag Environment on every resource, such as dev or prod."
  type        = string
  default     = "dev"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{0,15}$", var.environment))
    error_message = "environment must be 1 to 16 lower-case letters, digits or '-', such as dev or prod."
  }
}

variable "s3_bucket_name" {
  description = "The bucket that holds the databases. Bucket names are global, so null means cloudsqlite-databases-ACCOUNT-REGION; the first CloudSQLite's default was cloudsqlite-databases."
  type        = string
  default     = null

  validation {
    condition = var.s3_bucket_name == null ? true : (
      can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.s3_bucket_name)) && !strcontains(var.s3_bucket_name, "..")
    )
    error_message = "s3_bucket_name must be 3 to 63 lower-case letters, digits, '-' or '.', beginning and ending with a letter or digit."
  }
}

variable "dynamodb_table_name" {
  description = "The table that holds the locks."
  type        = string
  default     = "CloudSQLite-Locks"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,255}$", var.dynamodb_table_name))
    error_message = "dynamodb_table_name must be 3 to 255 letters, digits, '_', '.' or '-'."
  }
}

variable "lambda_function_name" {
  description = "The function, its role (with -role behind it), its log group and the prefix of alarms and dashboard."
  type        = string
  default     = "cloudsqlite-lambda"
  nullable    = false

  validation {
    # The role's name, five characters longer, may have 64.
    condition     = can(regex("^[A-Za-z0-9_-]{1,59}$", var.lambda_function_name))
    error_message = "lambda_function_name must be 1 to 59 letters, digits, '-' or '_'."
  }
}

variable "api_gateway_name" {
  description = "The HTTP API."
  type        = string
  default     = "cloudsqlite-api"
  nullable    = false

  validation {
    # It becomes part of a log group's name too, hence not everything that API Gateway would take.
    condition     = can(regex("^[A-Za-z0-9_.-]{1,128}$", var.api_gateway_name))
    error_message = "api_gateway_name must be 1 to 128 letters, digits, '_', '.' or '-'."
  }
}

# --- Who may call. ---

variable "authorization_type" {
  description = "How API Gateway decides who may call: AWS_IAM (requests signed with SigV4), JWT (jwt_issuer and jwt_audience), or NONE (everybody; needs allow_unauthenticated_access as well)."
  type        = string
  default     = "AWS_IAM"
  nullable    = false

  validation {
    condition     = contains(["AWS_IAM", "JWT", "NONE"], var.authorization_type)
    error_message = "authorization_type must be AWS_IAM, JWT or NONE."
  }

  validation {
    condition     = var.authorization_type != "NONE" || var.allow_unauthenticated_access
    error_message = "authorization_type NONE lets everybody on the internet run SQL on every database; if that is what you want, set allow_unauthenticated_access = true too."
  }

  validation {
    condition     = var.authorization_type == "NONE" || !var.allow_unauthenticated_access
    error_message = "allow_unauthenticated_access belongs to authorization_type NONE; beside another type it would only wait for a mistake."
  }

  validation {
    condition     = var.authorization_type != "JWT" || (var.jwt_issuer != null && length(var.jwt_audience) > 0)
    error_message = "authorization_type JWT needs jwt_issuer and at least one jwt_audience."
  }
}

variable "allow_unauthenticated_access" {
  description = "The second flag that authorization_type NONE needs. Leave it false with the other types."
  type        = bool
  default     = false
  nullable    = false
  # Its validation stands with authorization_type: two that look at each other would be a cycle.
}

variable "jwt_issuer" {
  description = "With authorization_type JWT: the issuer's URL, below which .well-known/openid-configuration is found."
  type        = string
  default     = null

  validation {
    condition     = var.jwt_issuer == null ? true : can(regex("^https://[^[:space:]]+$", var.jwt_issuer))
    error_message = "jwt_issuer must be a URL that begins with https://."
  }
}

variable "jwt_audience" {
  description = "With authorization_type JWT: the audiences (or client ids), one of which a token must carry."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for audience in var.jwt_audience : try(length(trimspace(audience)) > 0, false)])
    error_message = "jwt_audience must not hold empty strings: a token without an audience would be judged against them."
  }
}

variable "throttling_rate_limit" {
  description = "Requests a second that the API takes in the long run; more are answered with 429."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.throttling_rate_limit > 0 && var.throttling_rate_limit <= 10000
    error_message = "throttling_rate_limit must be above 0 and at most 10000."
  }
}

variable "throttling_burst_limit" {
  description = "Requests that the API takes at once before throttling_rate_limit holds."
  type        = number
  default     = 200
  nullable    = false

  validation {
    condition     = var.throttling_burst_limit >= 1 && var.throttling_burst_limit <= 5000 && floor(var.throttling_burst_limit) == var.throttling_burst_limit
    error_message = "throttling_burst_limit must be a whole number from 1 to 5000."
  }
}

# --- The function. ---

variable "lambda_jar_path" {
  description = "The jar that `mvn -pl cloudsqlite-lambda -am package` builds."
  type        = string
  default     = "../../cloudsqlite-lambda/target/cloudsqlite-lambda.jar"
  nullable    = false

  validation {
    condition     = fileexists(var.lambda_jar_path)
    error_message = "There is no file ${var.lambda_jar_path}. Build it first: mvn -B -ntp -pl cloudsqlite-lambda -am -DskipTests package (infra/deploy.sh does)."
  }
}

variable "lambda_memory_mb" {
  description = "The function's memory. Its share of a CPU grows with it: 1769 MB is one."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = var.lambda_memory_mb >= 256 && var.lambda_memory_mb <= 10240 && floor(var.lambda_memory_mb) == var.lambda_memory_mb
    error_message = "lambda_memory_mb must be a whole number from 256 to 10240; a JVM with less than 256 MB spends its time collecting garbage."
  }
}

variable "lambda_ephemeral_storage_mb" {
  description = "The size of /tmp, where the working copies lie. More than 512 needs snap_start = false."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = var.lambda_ephemeral_storage_mb >= 512 && var.lambda_ephemeral_storage_mb <= 10240 && floor(var.lambda_ephemeral_storage_mb) == var.lambda_ephemeral_storage_mb
    error_message = "lambda_ephemeral_storage_mb must be a whole number from 512 to 10240."
  }
}

variable "snap_start" {
  description = "Start instances from a snapshot of an initialised one (SnapStart)."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = !var.snap_start || var.lambda_ephemeral_storage_mb <= 512
    error_message = "SnapStart allows 512 MB of ephemeral storage at most; lower lambda_ephemeral_storage_mb or set snap_start = false."
  }
}

variable "lambda_reserved_concurrency" {
  description = "How many instances may run at once, set aside from the account's limit; -1 sets nothing aside, 0 stops the function."
  type        = number
  default     = -1
  nullable    = false

  validation {
    condition     = var.lambda_reserved_concurrency >= -1 && floor(var.lambda_reserved_concurrency) == var.lambda_reserved_concurrency
    error_message = "lambda_reserved_concurrency must be -1, 0 or a positive whole number."
  }
}

variable "application_log_level" {
  description = "The least level of the function's own log lines that is kept: TRACE, DEBUG or INFO."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    # Lambda takes a line without a level for INFO, and EMF lines have none: at WARN every CloudSQLite metric would be lost.
    condition     = contains(["TRACE", "DEBUG", "INFO"], var.application_log_level)
    error_message = "application_log_level must be TRACE, DEBUG or INFO; above INFO Lambda drops the metrics, which are log lines too."
  }
}

variable "storage_format" {
  description = "How new databases are stored: log (a commit costs what it changes) or file (one plain SQLite file, which each commit uploads whole)."
  type        = string
  default     = "log"
  nullable    = false

  validation {
    condition     = contains(["log", "file"], var.storage_format)
    error_message = "storage_format must be log or file."
  }
}

variable "maintenance_schedule" {
  description = "When the function maintains all databases: a schedule expression of EventBridge, rate(...) or cron(...). An empty string switches it off."
  type        = string
  default     = "rate(1 hour)"
  nullable    = false

  validation {
    condition     = var.maintenance_schedule == "" || can(regex("^(rate|cron)\\([^()]+\\)$", var.maintenance_schedule))
    error_message = "maintenance_schedule must be like rate(1 hour) or cron(0 3 * * ? *), or empty for no maintenance."
  }
}

# --- How long things are kept. ---

variable "noncurrent_version_retention_days" {
  description = "Days for which a replaced or deleted object can still be brought back. Every commit replaces one: see 'Costs' in ../README.md."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.noncurrent_version_retention_days >= 1 && var.noncurrent_version_retention_days <= 3650 && floor(var.noncurrent_version_retention_days) == var.noncurrent_version_retention_days
    error_message = "noncurrent_version_retention_days must be a whole number from 1 to 3650."
  }
}

variable "log_retention_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of CloudWatch's steps: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

# --- Alarms. ---

variable "alarm_topic_arns" {
  description = "SNS topics that alarms and all-clears are sent to. Without any the alarms only show in CloudWatch."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_topic_arns : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+$", arn))])
    error_message = "alarm_topic_arns must be ARNs of SNS topics: arn:aws:sns:REGION:ACCOUNT:NAME."
  }
}

variable "alarm_p99_duration_ms" {
  description = "Alarm when one call in a hundred takes the function longer than this, three periods of five minutes in a row."
  type        = number
  default     = 5000
  nullable    = false

  validation {
    condition     = var.alarm_p99_duration_ms > 0 && var.alarm_p99_duration_ms <= 29000
    error_message = "alarm_p99_duration_ms must be above 0 and at most 29000, the function's timeout."
  }
}

variable "alarm_lock_wait_ms" {
  description = "Alarm when one write in a hundred waits longer than this for its database's lock, three periods of five minutes in a row."
  type        = number
  default     = 2000
  nullable    = false

  validation {
    condition     = var.alarm_lock_wait_ms > 0 && var.alarm_lock_wait_ms <= 29000
    error_message = "alarm_lock_wait_ms must be above 0 and at most 29000, the function's timeout."
  }
}
