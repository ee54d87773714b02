import type { HeaderMap } from '../../core/headers.js'

/** HTTP statuses of gRPC's codes 0 to 16 (Envoy `grpcToHttpStatus`). */
const statuses = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]

/**
 * The status that a reply to a gRPC call stands for: gRPC tells failures in a header beside status 200. Trailers come
 * too late, as in Envoy.
 */
export function grpcStatus(headers: HeaderMap, status: number): number {
  if (status !== 200) return status
  const code = headers.get('grpc-status')
  return code === undefined ? status : (statuses[Number(code)] ?? 500)
}
