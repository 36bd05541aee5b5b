import { useService } from "@web/core/utils/hooks";
import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

/** The three steps from an installed addon to a mirror, above the locations. */
export class GhlOnboardingPanel extends Component {
    static template = "ghl_contact_sync.OnboardingPanel";
    static props = { list: { type: Object, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ complete: true, steps: [], busy: false });
        onWillStart(() => this.load());
        // The renderer passes its props again whenever its records were read again.
        onWillUpdateProps(() => this.load());
    }

    async load() {
        Object.assign(this.state, await this.orm.call("ghl.onboarding", "get_steps"));
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
            await this.load();
        } finally {
            this.state.busy = false;
        }
    }
}
