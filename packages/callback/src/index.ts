export { type CallbackDesk, type CallbackTerms, createCallbackDesk } from "./callback-desk.ts";
export { type ListenerOptions, type RunningListener, startCallbackListener } from "./listener.ts";
export { type LoopbackCallbacks, startLoopbackCallbacks } from "./loopback.ts";
