import { useService } from "@web/core/utils/hooks";
import {
    Component,
    onMounted,
    onWillStart,
    onWillUnmount,
    onWillUpdateProps,
    status,
    useState,
} from "@odoo/owl";

// While the first sync runs, its figures and those of the records are read this often.
const POLL_MS = 2_000;

/** The three steps from an installed addon to a mirror, above the locations. */
export class GhlOnboardingPanel extends Component {
    static template = "ghl_contact_sync.OnboardingPanel";
    static props = { list: { type: Object } };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ complete: true, steps: [], busy: false });
        onWillStart(() => this.load());
        // The renderer passes its props again whenever its records were read again.
        onWillUpdateProps(() => this.load());
        onMounted(() => this.schedule());
        onWillUnmount(() => clearTimeout(this.timer));
    }

    async load() {
        Object.assign(this.state, await this.orm.call("ghl.onboarding", "get_steps"));
    }

    schedule() {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.poll(), POLL_MS);
    }

    async poll() {
        if (!document.hidden && this.state.steps.some((step) => step.state === "running")) {
            await this.props.list.load();
        }
        if (status(this) !== "destroyed") {
            this.schedule();
        }
    }

    iconOf(step) {
        return { done: "fa-check", error: "fa-exclamation", running: "fa-refresh fa-spin" }[
            step.state
        ];
    }

    async open(step) {
        this.state.busy = true;
        try {
            const action = await this.orm.call("ghl.onboarding", "open_step", [step.key]);
            await this.action.doAction(action);
            // Most steps lead to another view, and a destroyed component may not call.
            if (status(this) !== "destroyed") {
                await this.load();
            }
        } finally {
            this.state.busy = false;
        }
    }
}
