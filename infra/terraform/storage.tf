# The databases. Nothing here can be destroyed by accident: Terraform refuses (prevent_destroy), S3 refuses to delete a
# bucket with objects in it (no force_destroy), and replaced or deleted objects stay for some days (versioning).

locals {
  s3_bucket_name = coalesce(
    var.s3_bucket_name,
    "cloudsqlite-databases-${data.aws_caller_identity.current.account_id}-${var.aws_region}",
  )
}

resource "aws_s3_bucket" "databases" {
  bucket        = local.s3_bucket_name
  force_destroy = false

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "databases" {
  bucket = aws_s3_bucket.databases.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_ownership_controls" "databases" {
  bucket = aws_s3_bucket.databases.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "databases" {
  bucket = aws_s3_bucket.databases.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "databases" {
  bucket = aws_s3_bucket.databases.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_policy" "databases" {
  bucket = aws_s3_bucket.databases.id

  # It only denies. Wildcards are right here: whoever it is, whatever they want, not without TLS 1.2.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.databases.arn, "${aws_s3_bucket.databases.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "DenyOldTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.databases.arn, "${aws_s3_bucket.databases.arn}/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      },
    ]
  })

  # S3 refuses to change both at the same moment.
  depends_on = [aws_s3_bucket_public_access_block.databases]
}

resource "aws_s3_bucket_lifecycle_configuration" "databases" {
  bucket = aws_s3_bucket.databases.id

  rule {
    id     = "expire-replaced-versions"
    status = "Enabled"
    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_version_retention_days
    }

    expiration {
      expired_object_delete_marker = true
    }

    # The function runs 29 seconds at most: an upload that is a day old was abandoned.
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.databases]
}
