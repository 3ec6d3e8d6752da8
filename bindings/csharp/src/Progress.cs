namespace Glyxel
{
    /// <summary>How far a call is.</summary>
    public struct Progress
    {
        private readonly Stage stage;
        private readonly long done;
        private readonly long total;

        /// <summary>Makes a report.</summary>
        public Progress(Stage stage, long done, long total)
        {
            this.stage = stage;
            this.done = done;
            this.total = total;
        }

        /// <summary>What the call is doing; the stage says what is counted.</summary>
        public Stage Stage { get { return stage; } }

        /// <summary>How much of the stage is done.</summary>
        public long Done { get { return done; } }

        /// <summary>How much there is to do; 0: not known yet.</summary>
        public long Total { get { return total; } }

        /// <summary>For people: "Loading 3 of 10".</summary>
        public override string ToString()
        {
            return total == 0 ? stage + " " + done : stage + " " + done + " of " + total;
        }
    }
}
