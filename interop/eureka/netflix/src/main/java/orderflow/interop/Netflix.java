package orderflow.interop;

import com.netflix.appinfo.ApplicationInfoManager;
import com.netflix.appinfo.InstanceInfo.InstanceStatus;
import com.netflix.appinfo.MyDataCenterInstanceConfig;
import com.netflix.appinfo.providers.EurekaConfigBasedInstanceInfoProvider;
import com.netflix.discovery.DefaultEurekaClientConfig;
import com.netflix.discovery.DiscoveryClient;
import com.netflix.discovery.shared.transport.jersey3.Jersey3TransportClientFactories;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

/** Netflix's client and nothing else; eureka.* system properties say everything. Its door for tests answers what it sees. */
public class Netflix {
    public static void main(String[] args) throws Exception {
        var config = new MyDataCenterInstanceConfig() {
            @Override
            public String getHostName(boolean refresh) {
                return "127.0.0.1";
            }
        };
        var self = new ApplicationInfoManager(config, new EurekaConfigBasedInstanceInfoProvider(config).get());
        var client = new DiscoveryClient(self, new DefaultEurekaClientConfig(), Jersey3TransportClientFactories.getInstance());
        Runtime.getRuntime().addShutdownHook(new Thread(client::shutdown));

        var door = HttpServer.create(new InetSocketAddress("127.0.0.1", config.getNonSecurePort()), 0);
        door.createContext("/view", exchange -> {
            var seen = new StringBuilder();
            for (var application : client.getApplications().getRegisteredApplications()) {
                for (var instance : application.getInstances()) {
                    seen.append(seen.isEmpty() ? "[" : ",").append("""
                            {"service":"%s","instanceId":"%s","url":"http://%s:%d"}"""
                            .formatted(instance.getVIPAddress(), instance.getInstanceId(), instance.getHostName(), instance.getPort()));
                }
            }
            byte[] body = (seen.isEmpty() ? "[]" : seen + "]").getBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        door.start();
        self.setInstanceStatus(InstanceStatus.UP);
        System.out.println("Started Netflix");
    }
}
