import type { HeaderMap } from './headers.js'

const grpcType = /^application\/grpc(?:[+;]|$)/

/** Whether these are the headers of a gRPC call, which gets its failures told in a header beside status 200. */
export function isGrpc(request: HeaderMap): boolean {
  const type = request.get('content-type')
  return type !== undefined && grpcType.test(type)
}
