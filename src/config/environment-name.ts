/** The environment variable that overrides a key: `kafka.clientId` is `WEIR_KAFKA_CLIENT_ID`. */
export function environmentName(path: readonly string[]): string {
  return ['weir', ...path]
    .map((word) => word.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase())
    .join('_');
}
