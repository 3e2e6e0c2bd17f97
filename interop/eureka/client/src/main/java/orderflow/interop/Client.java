package orderflow.interop;

import com.netflix.appinfo.ApplicationInfoManager;
import com.netflix.discovery.shared.transport.jersey.TransportClientFactories;
import com.netflix.discovery.shared.transport.jersey3.Jersey3TransportClientFactories;
import java.util.List;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** A service that registers, with two doors for tests: what it sees, and its own metadata. */
@SpringBootApplication
@RestController
public class Client {
    private final DiscoveryClient discovery;
    private final ApplicationInfoManager self;

    Client(DiscoveryClient discovery, ApplicationInfoManager self) {
        this.discovery = discovery;
        this.self = self;
    }

    public static void main(String[] args) {
        SpringApplication.run(Client.class, args);
    }

    /** Every instance that this program would send requests to. */
    @GetMapping("/view")
    List<Map<String, Object>> view() {
        return discovery.getServices().stream()
                .flatMap(service -> discovery.getInstances(service).stream())
                .map(instance -> Map.<String, Object>of(
                        "service", instance.getServiceId(),
                        "instanceId", instance.getInstanceId(),
                        "url", instance.getUri().toString(),
                        "metadata", instance.getMetadata()))
                .toList();
    }

    @PostMapping("/metadata")
    void changeMetadata(@RequestParam Map<String, String> entries) {
        self.registerAppMetadata(entries);
    }

    /** Spring steps aside when Jersey is there, and leaves it to the service to say that it is to be used. */
    @Configuration
    @ConditionalOnProperty("eureka.client.jersey.enabled")
    static class Jersey {
        @Bean
        TransportClientFactories<?> transportClientFactories() {
            return Jersey3TransportClientFactories.getInstance();
        }
    }
}
