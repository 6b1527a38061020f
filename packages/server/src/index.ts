/** A registry server. */
export { SERVER_SETTINGS, type ServerConfig, type ServerSetting, readServerConfig } from './config.ts'
export { type RunningServer, type ServerOptions, startServer } from './main.ts'
