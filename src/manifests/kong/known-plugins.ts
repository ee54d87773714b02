/** What is known of a plugin by its name alone. */
export interface KnownPlugin {
  /** Its config fields, for telling which plugin a config is meant for. */
  readonly fields: readonly string[]
  /** Whether it refuses requests: leaving it out would let through what it was put there to stop. */
  readonly guards: boolean
}

function guard(...fields: string[]): KnownPlugin {
  return { fields, guards: true }
}

function helper(...fields: string[]): KnownPlugin {
  return { fields, guards: false }
}

/** The old flat spelling of `redis.*`, which Kong still takes. */
export const flatRedisFields: readonly string[] = [
  'redis_host',
  'redis_port',
  'redis_username',
  'redis_password',
  'redis_database',
  'redis_timeout',
  'redis_ssl',
  'redis_ssl_verify',
  'redis_server_name',
]

const periods = ['second', 'minute', 'hour', 'day', 'month', 'year']
const redis = ['redis', ...flatRedisFields]
const transforms = ['add', 'append', 'remove', 'rename', 'replace']

/** Kong's bundled plugins and the enterprise ones that are used most, with their fields (Kong 3.9). */
export const knownPlugins: Readonly<Record<string, KnownPlugin>> = {
  jwt: guard(
    'anonymous',
    'claims_to_verify',
    'cookie_names',
    'header_names',
    'key_claim_name',
    'maximum_expiration',
    'realm',
    'run_on_preflight',
    'secret_is_base64',
    'uri_param_names',
  ),
  'key-auth': guard(
    'anonymous',
    'hide_credentials',
    'key_in_body',
    'key_in_header',
    'key_in_query',
    'key_names',
    'realm',
    'run_on_preflight',
  ),
  'rate-limiting': guard(
    ...periods,
    ...redis,
    'error_code',
    'error_message',
    'fault_tolerant',
    'header_name',
    'hide_client_headers',
    'limit_by',
    'path',
    'policy',
    'sync_rate',
  ),
  cors: guard(
    'allow_origin_absent',
    'credentials',
    'exposed_headers',
    'headers',
    'max_age',
    'methods',
    'origins',
    'preflight_continue',
    'private_network',
  ),
  acl: guard('allow', 'always_use_authenticated_groups', 'deny', 'hide_groups_header', 'include_consumer_groups'),
  'basic-auth': guard('anonymous', 'hide_credentials', 'realm'),
  'bot-detection': guard('allow', 'deny'),
  'hmac-auth': guard(
    'algorithms',
    'anonymous',
    'clock_skew',
    'enforce_headers',
    'hide_credentials',
    'realm',
    'validate_request_body',
  ),
  'ip-restriction': guard('allow', 'deny', 'message', 'status'),
  'ldap-auth': guard(
    'anonymous',
    'attribute',
    'base_dn',
    'hide_credentials',
    'ldap_host',
    'ldap_port',
    'ldaps',
    'realm',
  ),
  'mtls-auth': guard('anonymous', 'authenticated_group_by', 'ca_certificates', 'consumer_by', 'skip_consumer_lookup'),
  oauth2: guard('anonymous', 'enable_client_credentials', 'hide_credentials', 'mandatory_scope', 'scopes'),
  'openid-connect': guard('anonymous', 'auth_methods', 'client_id', 'client_secret', 'issuer', 'scopes'),
  opa: guard('opa_host', 'opa_path', 'opa_port', 'opa_protocol'),
  'rate-limiting-advanced': guard(
    ...redis,
    'error_code',
    'error_message',
    'header_name',
    'hide_client_headers',
    'identifier',
    'limit',
    'namespace',
    'path',
    'strategy',
    'sync_rate',
    'window_size',
    'window_type',
  ),
  'request-size-limiting': guard('allowed_payload_size', 'require_content_length', 'size_unit'),
  'request-termination': guard('body', 'content_type', 'echo', 'message', 'status_code', 'trigger'),
  'request-validator': guard('allowed_content_types', 'body_schema', 'parameter_schema', 'verbose_response', 'version'),
  'response-ratelimiting': guard(
    ...redis,
    'block_on_first_violation',
    'fault_tolerant',
    'header_name',
    'hide_client_headers',
    'limit_by',
    'limits',
    'policy',
  ),
  'pre-function': guard('access', 'header_filter', 'body_filter', 'log', 'rewrite'),
  'post-function': guard('access', 'header_filter', 'body_filter', 'log', 'rewrite'),
  'correlation-id': helper('echo_downstream', 'generator', 'header_name'),
  'file-log': helper('custom_fields_by_lua', 'path', 'reopen'),
  'http-log': helper('content_type', 'headers', 'http_endpoint', 'keepalive', 'method', 'queue', 'timeout'),
  opentelemetry: helper(
    'endpoint',
    'header_type',
    'headers',
    'propagation',
    'queue',
    'sampling_rate',
    'traces_endpoint',
  ),
  prometheus: helper(
    'ai_metrics',
    'bandwidth_metrics',
    'latency_metrics',
    'per_consumer',
    'status_code_metrics',
    'upstream_health_metrics',
  ),
  'proxy-cache': helper(
    'cache_control',
    'cache_ttl',
    'content_type',
    'memory',
    'request_method',
    'response_code',
    'storage_ttl',
    'strategy',
    'vary_headers',
    'vary_query_params',
  ),
  'request-transformer': helper(...transforms, 'http_method'),
  'response-transformer': helper(...transforms),
}
