// The seven resources of a service's database.
function(service, environment)
  local name = 'fleet-' + environment.name + '-' + service.app + '-db';
  {
    provider: { aws: { region: environment.region } },
    resource: {
      random_password: { db: { length: 32, special: false } },
      aws_kms_key: { app: { enable_key_rotation: true } },
      aws_security_group: { db: { name: name, description: 'callers in the cluster' } },
      aws_db_subnet_group: {
        db: { name: name, subnet_ids: '${data.aws_eks_cluster.main.vpc_config[0].subnet_ids}' },
      },
      aws_db_instance: {
        db: {
          identifier: name,
          engine: service.database.engine,
          engine_version: '16',
          instance_class: 'db.t4g.small',
          allocated_storage: service.database.storage,
          storage_encrypted: true,
          kms_key_id: '${aws_kms_key.app.arn}',
          username: 'app',
          password: '${random_password.db.result}',
          db_subnet_group_name: '${aws_db_subnet_group.db.name}',
          vpc_security_group_ids: ['${aws_security_group.db.id}'],
          backup_retention_period: 7,
        },
      },
      aws_secretsmanager_secret: { db: { name: 'idpc/' + environment.name + '/' + service.app + '/db-v1' } },
      aws_secretsmanager_secret_version: {
        db: {
          secret_id: '${aws_secretsmanager_secret.db.id}',
          secret_string: '${jsonencode({password = random_password.db.result})}',
        },
      },
    },
    data: { aws_eks_cluster: { main: { name: 'fleet-' + environment.name } } },
  }
