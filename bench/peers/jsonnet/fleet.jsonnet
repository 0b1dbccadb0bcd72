// The files of a fleet by path, as `jsonnet --multi --string` writes them.
local kubernetes = import 'kubernetes.libsonnet';
local terraform = import 'terraform.libsonnet';
local fleet = import 'fleet.json';

{
  [environment.name + '/' + service.app + '/web.yaml']:
    std.manifestYamlStream(kubernetes(service, environment), c_document_end=false, quote_keys=false)
  for environment in fleet.environments
  for service in fleet.services
}
+
{
  [environment.name + '/' + service.app + '/main.tf.json']: std.manifestJsonEx(terraform(service, environment), '  ')
  for environment in fleet.environments
  for service in fleet.services
  if std.objectHas(service, 'database')
}
