# The locks, in the table and with the attributes of the first CloudSQLite: database_name (S), instance_id (S),
# lease_timeout (N, epoch seconds), created_at (N). Locks only save work; losing the table loses no data.

resource "aws_dynamodb_table" "locks" {
  name         = var.dynamodb_table_name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "database_name"

  deletion_protection_enabled = true

  attribute {
    name = "database_name"
    type = "S"
  }

  # Tidies up after crashed instances, hours or days late. Whether a lease has run out is compared, never left to this.
  ttl {
    attribute_name = "lease_timeout"
    enabled        = true
  }

  server_side_encryption {
    enabled = true
  }

  point_in_time_recovery {
    enabled = true
  }

  lifecycle {
    prevent_destroy = true
  }
}
