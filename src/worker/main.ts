import { expose } from "comlink";
import { MachineService } from "./service.ts";

expose(new MachineService());
